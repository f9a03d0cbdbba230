import { useMutation, useQueryClient } from "@tanstack/react-query";

import { dataOf, ifMatch, useApi } from "../api/client";
import { useSay } from "../app/notices";
import { useFreshSignIn } from "../app/sign-in-again";
import { useSession } from "../session/context";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { type App, appsHaveChanged } from "./queries";

/** Deletes an app that no key is connected with. */
export function DeleteAppDialog({ app, onClose }: { app: App; onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const say = useSay();
  const fresh = useFreshSignIn(useSession());
  const deleting = useMutation({
    mutationFn: async () => {
      await fresh();
      const params = { path: { app_id: app.app_id }, header: ifMatch(app.version) };
      return dataOf(api.DELETE("/v1/apps/{app_id}", { params }));
    },
    onSuccess: () => {
      say("success", `“${app.title}” is deleted, with its secret.`);
      onClose();
    },
    onSettled: () => appsHaveChanged(queries),
  });
  return (
    <ConfirmDialog
      title={`Delete “${app.title}”?`}
      action="Delete"
      doing="Deleting"
      error={deleting.error}
      isPending={deleting.isPending}
      onConfirm={() => deleting.mutate()}
      onClose={onClose}
    >
      Its secret is destroyed. The client stays registered at the system until somebody removes it there.
    </ConfirmDialog>
  );
}
