import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";

import { dataOf, idempotencyKey, ifMatch, useApi } from "../../api/client";
import { useSay } from "../../app/notices";
import { ConfirmDialog } from "../../ui/confirm-dialog";
import { ExactTime } from "../../ui/time";
import { useFreshForLive } from "../fresh";
import { type Key, keyWasSaved } from "../queries";
import type { Version } from "./queries";

interface RestoreDialogProps {
  data: Key;
  version: Version;
  onClose: () => void;
}

/** Makes an earlier version the present one, after it was said where its secrets go. */
export function RestoreDialog({ data, version, onClose }: RestoreDialogProps) {
  const api = useApi();
  const queries = useQueryClient();
  const say = useSay();
  const fresh = useFreshForLive(data);
  const attempt = useRef(idempotencyKey());
  const restoring = useMutation({
    mutationFn: async () => {
      await fresh();
      const params = {
        path: { key_id: data.key_id, version: String(version.version) },
        header: { ...ifMatch(data.version), ...attempt.current },
      };
      const body = { auth: version.auth, origins: version.origins };
      return dataOf(api.POST("/v1/keys/{key_id}/versions/{version}/restore", { params, body }));
    },
    onSuccess: async (key) => {
      await keyWasSaved(queries, key);
      say("success", `Version ${version.version} of “${key.title}” is restored, as version ${key.version}.`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={`Restore version ${version.version} of “${data.title}”?`}
      action="Restore"
      doing="Restoring"
      error={restoring.error}
      isPending={restoring.isPending}
      onConfirm={() => restoring.mutate()}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        <span>
          The key becomes what it was on <ExactTime at={version.made_at} /> (“{version.title}”), with the secrets that
          it had then. Whatever uses it uses this from then on. The present version is kept.
        </span>
        <Alert type="warning" header="Its secrets would be sent here">
          With authentication <Box variant="code">{version.auth}</Box>, to{" "}
          {version.origins.map((origin) => (
            <Box key={origin} variant="code">
              {origin}
            </Box>
          ))}
        </Alert>
      </SpaceBetween>
    </ConfirmDialog>
  );
}
