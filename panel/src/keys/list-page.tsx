import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNavigate } from "react-router";

import { usePage } from "../app/frame";
import { useMay } from "../session/context";
import { NoKeys } from "./empty-list";
import { KeyTable } from "./key-table";

/** The keys of the account. */
export function KeysPage() {
  usePage("Keys");
  const navigate = useNavigate();
  return (
    <KeyTable
      filter={{}}
      header={(counter) => <KeysHeader counter={counter} />}
      empty={<NoKeys />}
      onEdit={({ key_id }) => void navigate(`/keys/${key_id}/edit`)}
    />
  );
}

function KeysHeader({ counter }: { counter: string }) {
  const navigate = useNavigate();
  const mayWrite = useMay("keys:write");
  return (
    <Header
      variant="h1"
      counter={counter}
      description="Access credentials of your systems. They are used without being shown."
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button href="#/keys/deleted">Deleted keys</Button>
          {mayWrite && (
            <Button variant="primary" onClick={() => void navigate("/keys/new")}>
              Create key
            </Button>
          )}
        </SpaceBetween>
      }
    >
      Keys
    </Header>
  );
}
