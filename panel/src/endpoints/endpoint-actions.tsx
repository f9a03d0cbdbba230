import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";

import { useApi } from "../api/client";
import { AFTER_SAVE, useSay } from "../app/notices";
import { useMay } from "../session/context";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { DeleteDialog } from "./delete-dialog";
import { KINDS, type Kind } from "./kinds";
import { type Endpoint, endpointWasSaved, type UpdateEndpoint, updateEndpoint, useNamedKeys } from "./queries";
import { useMayConnect } from "./rights";

type Open = "activate" | "deactivate" | "detach" | "delete" | null;

/** What somebody may do with a source or destination. */
export function EndpointActions({ kind, data }: { kind: Kind; data: Endpoint }) {
  const navigate = useNavigate();
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const { plural } = KINDS[kind];
  const mayConnect = useMayConnect();
  const { isGone } = useNamedKeys([data.key_id]);
  if (!useMay("streams:write")) return null;
  const lacks = data.key_id == null ? "It has no key." : isGone(data.key_id) ? "Its key is gone." : null;
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button onClick={() => setOpen("delete")}>Delete</Button>
      {data.key_id != null && <Button onClick={() => setOpen("detach")}>Detach key</Button>}
      <Button
        disabled={!data.active && lacks !== null}
        disabledReason={mayConnect ? `${lacks} Edit it to choose one.` : (lacks ?? "")}
        onClick={() => setOpen(data.active ? "deactivate" : "activate")}
      >
        {data.active ? "Deactivate" : "Activate"}
      </Button>
      {mayConnect && (
        <Button variant="primary" onClick={() => void navigate(`/${plural}/${data.id}/edit`)}>
          Edit
        </Button>
      )}
      {open === "delete" && (
        <DeleteDialog
          kind={kind}
          target={data}
          onClose={close}
          onDeleted={() => void navigate(`/${plural}`, AFTER_SAVE)}
        />
      )}
      {open !== null && open !== "delete" && (
        <ChangeDialog kind={kind} data={data} change={CHANGES[open]} onClose={close} />
      )}
    </SpaceBetween>
  );
}

interface Change {
  action: string;
  doing: string;
  done: string;
  explained: string;
  patch: UpdateEndpoint;
}

const CHANGES: Record<"activate" | "deactivate" | "detach", Change> = {
  activate: {
    action: "Activate",
    doing: "Activating",
    done: "is active",
    explained: "While it is active, its key cannot be deleted.",
    patch: { active: true },
  },
  deactivate: {
    action: "Deactivate",
    doing: "Deactivating",
    done: "is inactive",
    explained: "It remembers its key but no longer uses it, so the key can be deleted.",
    patch: { active: false },
  },
  detach: {
    action: "Detach key",
    doing: "Detaching the key",
    done: "has no key any more",
    explained: "Its key is removed. It stays inactive until you choose another key.",
    patch: { active: false, key_id: null, organization: null },
  },
};

function ChangeDialog({
  kind,
  data,
  change,
  onClose,
}: {
  kind: Kind;
  data: Endpoint;
  change: Change;
  onClose: () => void;
}) {
  const api = useApi();
  const queries = useQueryClient();
  const say = useSay();
  const changing = useMutation({
    mutationFn: () => updateEndpoint(api, kind, data, change.patch),
    onSuccess: async (endpoint) => {
      await endpointWasSaved(queries, endpoint);
      say("success", `“${endpoint.title}” ${change.done}.`);
      onClose();
    },
    // What is shown may not be what there is any more.
    onError: () => void queries.invalidateQueries({ queryKey: ["endpoints"] }),
  });
  return (
    <ConfirmDialog
      title={`${change.action}: “${data.title}”?`}
      action={change.action}
      doing={change.doing}
      error={changing.error}
      isPending={changing.isPending}
      onConfirm={() => changing.mutate()}
      onClose={onClose}
    >
      {change.explained}
    </ConfirmDialog>
  );
}
