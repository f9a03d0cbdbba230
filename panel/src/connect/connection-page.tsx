import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";

import { usePage } from "../app/frame";
import { useKey } from "../keys/queries";
import { useSystem } from "../systems/queries";
import { LEFT_AT_THE_SYSTEM, outcomeOf } from "./outcomes";
import { connectsOf } from "./queries";
import { announce } from "./window";

/** Where a person lands who comes back from a system. */
export function ConnectionPage() {
  const { outcome = "" } = useParams();
  const [query] = useSearchParams();
  const navigate = useNavigate();
  const keyId = query.get("key");
  const told = outcomeOf(outcome);
  usePage(told.title);
  useEffect(() => {
    announce(outcome, keyId);
    // A window of its own has done its work when all is well. One that a person opened themselves stays.
    if (told.type === "success") window.close();
  }, [outcome, keyId, told.type]);
  return (
    <ContentLayout header={<Header variant="h1">{told.title}</Header>}>
      <SpaceBetween size="m">
        <Alert
          type={told.type}
          action={
            keyId !== null && (
              <Button onClick={() => void navigate(`/keys/${encodeURIComponent(keyId)}`)}>Show the key</Button>
            )
          }
        >
          {told.text}
        </Alert>
        {query.get("left") === "access" && <LeftAtTheSystem keyId={keyId} />}
      </SpaceBetween>
    </ContentLayout>
  );
}

/** Says what a person does at the system, and where. */
function LeftAtTheSystem({ keyId }: { keyId: string | null }) {
  const key = useKey(keyId).data;
  const system = useSystem(key?.system_id ?? null);
  const where = key === undefined ? null : connectsOf(system.data, key.auth)?.withdraw_url;
  return (
    <Alert type="warning" header="Access may be left at the system">
      {LEFT_AT_THE_SYSTEM}{" "}
      {where != null && (
        <Link external href={where} externalIconAriaLabel="Opens in a new tab">
          Where to take access away
        </Link>
      )}
    </Alert>
  );
}
