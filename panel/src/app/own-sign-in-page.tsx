import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { dataOf, useApi } from "../api/client";
import { useClaims, useMay, useSession } from "../session/context";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { ExactTime } from "../ui/time";
import { usePage } from "./frame";

/** What somebody signs in with, and what they can do about it. */
export function OwnSignInPage() {
  usePage("Your sign-in");
  const session = useSession();
  const { email, signedInAt } = useClaims();
  const isOwner = useMay("account:admin");
  const [open, setOpen] = useState<"factor" | "everywhere" | null>(null);
  const close = () => setOpen(null);
  return (
    <ContentLayout header={<Header variant="h1">Your sign-in</Header>}>
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">Signed in</Header>}>
          <KeyValuePairs
            columns={2}
            items={[
              { label: "Email address", value: email },
              { label: "Since", value: <ExactTime at={new Date(signedInAt).toISOString()} /> },
            ]}
          />
        </Container>
        <Part
          name="Password"
          action={
            <Button
              href={session.passwordUrl}
              target="_blank"
              external
              ariaLabel="Change password (opens the sign-in in a new tab)"
            >
              Change password
            </Button>
          }
        >
          You change it at the sign-in, where you also need your second factor or your mailbox.
        </Part>
        <Part
          name="Second factor"
          action={isOwner && <Button onClick={() => setOpen("factor")}>Set up another device</Button>}
        >
          {isOwner
            ? "With a new device, let the sign-in forget the old one: it then shows you a new QR code."
            : "If you lose the device with your codes, or get another one, an owner of the account lets you set up a new one: under Members."}
        </Part>
        <Part name="Devices" action={<Button onClick={() => setOpen("everywhere")}>Sign out everywhere</Button>}>
          If you have left yourself signed in somewhere, sign out on every device at once, this one too.
        </Part>
      </SpaceBetween>
      {open === "factor" && <AnotherDevice onClose={close} />}
      {open === "everywhere" && <SignOutEverywhere onClose={close} />}
    </ContentLayout>
  );
}

interface PartProps {
  name: string;
  action: React.ReactNode;
  children: React.ReactNode;
}

function Part({ name, action, children }: PartProps) {
  return (
    <Container
      header={
        <Header variant="h2" actions={action}>
          {name}
        </Header>
      }
    >
      <Box variant="p">{children}</Box>
    </Container>
  );
}

function SignOutEverywhere({ onClose }: { onClose: () => void }) {
  const api = useApi();
  const session = useSession();
  const ending = useMutation({
    mutationFn: () => dataOf(api.POST("/v1/sign-out")),
    onSuccess: () => session.signOut(),
  });
  return (
    <ConfirmDialog
      title="Sign out everywhere?"
      action="Sign out everywhere"
      doing="Signing out"
      error={ending.error}
      isPending={ending.isPending}
      onConfirm={() => ending.mutate()}
      onClose={onClose}
    >
      You are signed out on every device. Nothing can be changed there from now on, and nothing can be read there after
      a minute. What is not saved here is lost.
    </ConfirmDialog>
  );
}

function AnotherDevice({ onClose }: { onClose: () => void }) {
  const api = useApi();
  const session = useSession();
  const { subject } = useClaims();
  const resetting = useMutation({
    mutationFn: () =>
      dataOf(api.POST("/v1/members/{member_id}/reset-second-factor", { params: { path: { member_id: subject } } })),
    onSuccess: () => session.signOut(),
  });
  return (
    <ConfirmDialog
      title="Set up another device?"
      action="Set up another device"
      doing="Signing out"
      error={resetting.error}
      isPending={resetting.isPending}
      onConfirm={() => resetting.mutate()}
      onClose={onClose}
    >
      Codes of your present device count no more, and you are signed out everywhere. When you sign in next, the sign-in
      shows you what to scan with the new one.
    </ConfirmDialog>
  );
}
