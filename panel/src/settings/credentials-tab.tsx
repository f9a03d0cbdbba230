import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { KeyTable } from "../keys/key-table";
import { useMay } from "../session/context";
import { GREEN } from "../ui/green";
import { CredentialDialog } from "./credential-dialog";

/** The system of any HTTP API. */
const CUSTOM_HTTP = "custom-http";

/** The credentials of APIs that have no system of their own. */
export function CredentialsTab() {
  /** The credential in the dialog; `new` for one that is added. */
  const [open, setOpen] = useState<string | null>(null);
  const mayWrite = useMay("keys:write");
  const add = () => setOpen("new");
  return (
    <>
      <KeyTable
        variant="embedded"
        filter={{ systemId: CUSTOM_HTTP }}
        onEdit={({ key_id }) => setOpen(key_id)}
        header={(counter) => (
          <Header
            variant="h2"
            counter={counter}
            description="Credentials of your account at other sites, to import and export data through their APIs."
            actions={
              mayWrite && (
                <Button variant="primary" style={GREEN} onClick={add}>
                  Add Credential
                </Button>
              )
            }
          >
            Credentials
          </Header>
        )}
        empty={
          <Box textAlign="center" padding="l">
            <SpaceBetween size="s">
              <Box variant="h3">No credentials yet</Box>
              <Box color="text-body-secondary">
                A credential has the address of an API and the secrets to sign in to it. It is sealed when you save it,
                and used without being shown.
              </Box>
              {mayWrite && <Button onClick={add}>Add your first credential</Button>}
            </SpaceBetween>
          </Box>
        }
      />
      {open !== null && (
        <CredentialDialog
          key={open}
          systemId={CUSTOM_HTTP}
          keyId={open === "new" ? null : open}
          onClose={() => setOpen(null)}
        />
      )}
    </>
  );
}
