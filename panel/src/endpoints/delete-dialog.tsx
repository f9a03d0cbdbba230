import { useMutation, useQueryClient } from "@tanstack/react-query";

import { useApi } from "../api/client";
import { useSay } from "../app/notices";
import { ConfirmDialog } from "../ui/confirm-dialog";
import type { Kind } from "./kinds";
import { deleteEndpoint, endpointWasDeleted } from "./queries";

interface DeleteDialogProps {
  kind: Kind;
  target: { id: string; title: string; version: number; active: boolean };
  onClose: () => void;
  onDeleted?: () => void;
}

/** Deletes a source or destination. Its key stays. */
export function DeleteDialog({ kind, target, onClose, onDeleted }: DeleteDialogProps) {
  const api = useApi();
  const queries = useQueryClient();
  const say = useSay();
  const deleting = useMutation({
    mutationFn: () => deleteEndpoint(api, kind, target),
    onSuccess: () => {
      endpointWasDeleted(queries, target.id);
      say("success", `“${target.title}” is deleted.`);
      onClose();
      onDeleted?.();
    },
    onError: () => void queries.invalidateQueries({ queryKey: ["endpoints"] }),
  });
  return (
    <ConfirmDialog
      title={`Delete “${target.title}”?`}
      action="Delete"
      doing="Deleting"
      error={deleting.error}
      isPending={deleting.isPending}
      onConfirm={() => deleting.mutate()}
      onClose={onClose}
    >
      The {kind} “{target.title}” {target.active ? "is active. It stops, and" : ""} cannot be brought back. Its key
      stays, and can be used elsewhere.
    </ConfirmDialog>
  );
}
