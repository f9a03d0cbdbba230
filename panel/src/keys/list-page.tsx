import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import { useNavigate } from "react-router";

import { usePage } from "../app/frame";
import { useMay } from "../session/context";
import { KeyTable } from "./key-table";

/** The keys of the account. */
export function KeysPage() {
  usePage("Keys");
  return <KeyTable filter={{}} header={<KeysHeader />} />;
}

function KeysHeader() {
  const navigate = useNavigate();
  const mayWrite = useMay("keys:write");
  return (
    <Header
      variant="h1"
      description="Access credentials of your systems. They are used without being shown."
      actions={
        mayWrite && (
          <Button variant="primary" onClick={() => void navigate("/keys/new")}>
            Create key
          </Button>
        )
      }
    >
      Keys
    </Header>
  );
}
