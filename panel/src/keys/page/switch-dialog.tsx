import { useMutation, useQueryClient } from "@tanstack/react-query";

import { dataOf, useApi } from "../../api/client";
import { useSay } from "../../app/notices";
import { ConfirmDialog } from "../../ui/confirm-dialog";
import { useFreshForLive } from "../fresh";
import { type Key, keyWasSaved } from "../queries";

/** Disables a key at once, or enables it again. */
export function SwitchDialog({ data, onClose }: { data: Key; onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const say = useSay();
  const fresh = useFreshForLive(data);
  const isDisabled = data.state === "disabled";
  const switching = useMutation({
    mutationFn: async () => {
      await fresh();
      const params = { path: { key_id: data.key_id } };
      return dataOf(
        isDisabled
          ? api.POST("/v1/keys/{key_id}/enable", { params })
          : api.POST("/v1/keys/{key_id}/disable", { params }),
      );
    },
    onSuccess: async (key) => {
      await keyWasSaved(queries, key);
      say("success", isDisabled ? `“${data.title}” can be used again.` : `“${data.title}” is disabled.`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={isDisabled ? `Enable “${data.title}”?` : `Disable “${data.title}”?`}
      action={isDisabled ? "Enable" : "Disable"}
      doing={isDisabled ? "Enabling" : "Disabling"}
      error={switching.error}
      isPending={switching.isPending}
      onConfirm={() => switching.mutate()}
      onClose={onClose}
    >
      {isDisabled ? (
        <span>Everything that names the key can use it again from then on.</span>
      ) : (
        <span>
          Nobody can use the key from then on{active(data.active_uses)}. It keeps its secrets, and can be enabled again
          at any time. Disable a key that may have leaked before you look for what uses it.
        </span>
      )}
    </ConfirmDialog>
  );
}

function active(uses: number): string {
  if (uses === 0) return "";
  return uses === 1
    ? ", and the active source, destination or webhook that names it fails"
    : `, and the ${uses} active sources, destinations and webhooks that name it fail`;
}
