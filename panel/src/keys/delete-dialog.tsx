import Alert from "@cloudscape-design/components/alert";
import Checkbox from "@cloudscape-design/components/checkbox";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { dataOf, ifMatch, useApi } from "../api/client";
import { Problem } from "../api/problem";
import { useSay } from "../app/notices";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { useFreshForLive } from "./fresh";
import { InactiveUsersAlert, useInactiveUsers } from "./inactive-users";
import { useKeyUses } from "./page/queries";
import { UsesTable } from "./page/uses-tab";
import { keyWasDeleted } from "./queries";
import { RecentUsers } from "./recent-users";

/** Where deleted keys are, as a notice offers it. */
const DELETED_KEYS = { text: "Deleted keys", to: "/keys/deleted" };

interface DeleteDialogProps {
  target: { key_id: string; title: string; environment: string; version: number };
  onClose: () => void;
  onDeleted?: () => void;
}

/** Deletes a key, unless something active uses it: then it says what. It can be brought back, unless that is given up. */
export function DeleteDialog({ target, onClose, onDeleted }: DeleteDialogProps) {
  const api = useApi();
  const queries = useQueryClient();
  const say = useSay();
  const fresh = useFreshForLive(target);
  const uses = useKeyUses(target.key_id);
  const inactive = useInactiveUsers(target.key_id, target.environment);
  const [isForGood, setForGood] = useState(false);
  const [isAccepted, setAccepted] = useState(false);
  const deleting = useMutation({
    mutationFn: async () => {
      await fresh();
      const params = {
        path: { key_id: target.key_id },
        query: isForGood ? { purge: "now" as const } : {},
        header: ifMatch(target.version),
      };
      return dataOf(api.DELETE("/v1/keys/{key_id}", { params }));
    },
    onSuccess: () => {
      keyWasDeleted(queries, target.key_id);
      if (isForGood) say("success", `“${target.title}” is deleted. Its sealed values are being destroyed.`);
      else say("success", `“${target.title}” is deleted. It can be brought back for seven days.`, DELETED_KEYS);
      onClose();
      onDeleted?.();
    },
    onError: (error) => {
      // Somebody changed it, or began to use it, since this was opened.
      if (error instanceof Problem && error.status === 412) void queries.invalidateQueries({ queryKey: ["keys"] });
    },
  });
  const { error } = deleting;
  const cameBetween = error instanceof Problem && error.code === "key-in-use" ? error.uses : [];
  const inUse = cameBetween.length > 0 ? cameBetween : (uses.data?.pages.flatMap(({ items }) => items) ?? []);
  return (
    <ConfirmDialog
      title={inUse.length > 0 ? `“${target.title}” is in use` : `Delete “${target.title}”?`}
      action="Delete"
      doing="Deleting"
      error={cameBetween.length > 0 ? null : (error ?? uses.error)}
      isPending={deleting.isPending}
      isPossible={!uses.isPending && inUse.length === 0}
      isReady={!inactive.isLooking && (inactive.found.length === 0 || isAccepted)}
      onConfirm={() => deleting.mutate()}
      onClose={onClose}
    >
      {uses.isPending ? (
        <span role="status">
          <Spinner /> Looking for what uses it
        </span>
      ) : inUse.length > 0 ? (
        <SpaceBetween size="m">
          <Alert type="warning" header="It cannot be deleted">
            Deactivate what uses it or give it another key, then come back.
          </Alert>
          <UsesTable uses={inUse} />
        </SpaceBetween>
      ) : (
        <SpaceBetween size="m">
          <span>
            The key “{target.title}” cannot be used from then on. For seven days it can be brought back, with its
            secrets. Then they are destroyed in every version. What happened to it stays in the audit trail.
          </span>
          {inactive.found.length > 0 && (
            <InactiveUsersAlert users={inactive} isAccepted={isAccepted} onAccept={setAccepted} />
          )}
          <RecentUsers keyId={target.key_id} />
          <Checkbox
            checked={isForGood}
            onChange={({ detail }) => setForGood(detail.checked)}
            description="Choose this for a key that leaked. Nobody can bring it back then."
          >
            Destroy its secrets at once
          </Checkbox>
        </SpaceBetween>
      )}
    </ConfirmDialog>
  );
}
