import { useMutation, useQueryClient } from "@tanstack/react-query";

import { useApi } from "../api/client";
import { useSay } from "../app/notices";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { deleteWebhook, type Webhook, webhooksChanged } from "./queries";

/** Deletes a webhook. Its credential stays. */
export function DeleteWebhookDialog({ target, onClose }: { target: Webhook; onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const say = useSay();
  const deleting = useMutation({
    mutationFn: () => deleteWebhook(api, target),
    onSuccess: async () => {
      await webhooksChanged(queries);
      say("success", `“${target.name}” is deleted.`);
      onClose();
    },
    onError: () => void webhooksChanged(queries),
  });
  return (
    <ConfirmDialog
      title={`Delete “${target.name}”?`}
      action="Delete"
      doing="Deleting"
      error={deleting.error}
      isPending={deleting.isPending}
      onConfirm={() => deleting.mutate()}
      onClose={onClose}
    >
      The webhook “{target.name}” {target.active ? "is active. It is sent nothing more, and" : ""} cannot be brought
      back. Its credential stays, and can be used elsewhere.
    </ConfirmDialog>
  );
}
