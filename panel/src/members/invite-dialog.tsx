import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { membersHaveChanged } from "../account/queries";
import { dataOf, useApi } from "../api/client";
import { problemOf } from "../api/problem";
import { useSay } from "../app/notices";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { controlId } from "../ui/field-ids";
import { errorAt } from "../ui/problem-alert";
import { ROLES, type Role } from "../ui/roles";

/** Invites somebody by their address. The sign-in sends them what they need. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const say = useSay();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const inviting = useMutation({
    mutationFn: () => dataOf(api.POST("/v1/members", { body: { email: email.trim(), role } })),
    onSuccess: (member) => {
      say("success", `${member.email ?? email} is invited. An e-mail tells how to sign in for the first time.`);
      onClose();
    },
    onSettled: () => membersHaveChanged(queries),
  });
  const problem = inviting.error === null ? null : problemOf(inviting.error);
  return (
    <ConfirmDialog
      title="Invite somebody"
      action="Invite"
      doing="Inviting"
      error={inviting.error}
      nameOf={(path) => ({ email: "Email address", role: "Role" })[path] ?? null}
      isPending={inviting.isPending}
      onConfirm={() => inviting.mutate()}
      onClose={onClose}
    >
      <SpaceBetween size="l">
        <FormField
          label="Email address"
          description="Where the invitation goes."
          controlId={controlId("email")}
          errorText={errorAt(problem, "email")}
        >
          <Input
            value={email}
            type="email"
            inputMode="email"
            autoComplete={false}
            onChange={({ detail }) => setEmail(detail.value)}
          />
        </FormField>
        <FormField label="Role" errorText={errorAt(problem, "role")}>
          <RadioGroup
            ariaLabel="Role"
            value={role}
            items={ROLES}
            onChange={({ detail }) => setRole(detail.value as Role)}
          />
        </FormField>
      </SpaceBetween>
    </ConfirmDialog>
  );
}
