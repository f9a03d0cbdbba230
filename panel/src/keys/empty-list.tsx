import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNavigate } from "react-router";

import { useMay } from "../session/context";

/** What a list without keys teaches. */
export function NoKeys() {
  const navigate = useNavigate();
  const mayWrite = useMay("keys:write");
  return (
    <Box textAlign="center" padding="l">
      <SpaceBetween size="s">
        <Box variant="h2">No keys yet</Box>
        <Box color="text-body-secondary">
          A key holds what is needed to sign in to one of your systems, such as a shop or a file server. Its secrets are
          sealed when you save it. Sources and destinations use it from then on, and nobody sees it again.
        </Box>
        {mayWrite && <Button onClick={() => void navigate("/keys/new")}>Create your first key</Button>}
      </SpaceBetween>
    </Box>
  );
}
