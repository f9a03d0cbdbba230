import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import LiveRegion from "@cloudscape-design/components/live-region";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";

import { dataOf, useApi } from "../../api/client";
import { problemOf } from "../../api/problem";
import { useQuietly } from "../../api/quietly";
import { useMay } from "../../session/context";
import { useSettled } from "../../ui/use-settled";
import { askedHost, hostKeyRequest } from "./host-key-request";
import type { Fields } from "./state";

/** How long a host stands as it is until its server is asked, in milliseconds. */
const TYPED_MS = 1_000;

interface HostKeyProps {
  fields: Fields;
  environment: "live" | "test";
  onUse: (fingerprint: string) => void;
}

/** The fingerprint that an SFTP server shows, fetched as soon as its host is typed and while the key has none. */
export function HostKey({ fields, environment, onUse }: HostKeyProps) {
  const api = useApi();
  const quietly = useQuietly();
  const mayVerify = useMay("keys:verify");
  const host = useSettled(askedHost(fields), TYPED_MS);
  const asked = useQuery({
    queryKey: ["host-key", host],
    enabled: mayVerify && host !== null,
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const body = hostKeyRequest(host ?? "", environment);
      return dataOf(api.POST("/v1/verifications", { body, signal, fetch: quietly }));
    },
  });
  if (!mayVerify || host === null || host !== askedHost(fields)) return null;
  const fingerprint = asked.data?.host_key;
  return (
    <LiveRegion>
      {asked.isPending && <Box color="text-body-secondary">Asking {host} for the key that it shows</Box>}
      {asked.error !== null && (
        <Box color="text-body-secondary">
          {host} could not be asked. {problemOf(asked.error).detail}
        </Box>
      )}
      {asked.data !== undefined && fingerprint == null && (
        <Box color="text-body-secondary">
          {host} shows no key. {asked.data.message}
        </Box>
      )}
      {fingerprint != null && (
        <SpaceBetween size="xs">
          <span>
            {host} shows the key <Box variant="code">{fingerprint}</Box>. Compare it with what the server’s owner says.
          </span>
          <Button onClick={() => onUse(fingerprint)}>Use the server’s fingerprint</Button>
        </SpaceBetween>
      )}
    </LiveRegion>
  );
}
