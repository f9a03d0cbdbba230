import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import { useEffect } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";

import { usePage } from "../app/frame";
import { outcomeOf } from "./outcomes";
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
    </ContentLayout>
  );
}
