import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";

import { AFTER_SAVE } from "../../app/notices";
import { useMay } from "../../session/context";
import { DeleteDialog } from "../delete-dialog";
import type { Key } from "../queries";
import { ReplaceDialog } from "../replace-dialog";
import { TEST } from "../test-offer";
import { SwitchDialog } from "./switch-dialog";
import { TrialDialog } from "./trial-dialog";

type Open = "trial" | "replace" | "switch" | "delete" | null;

/** What somebody may do with the key. */
export function KeyActions({ data }: { data: Key }) {
  const navigate = useNavigate();
  const [query, setQuery] = useSearchParams();
  const isAskedFor = query.has(TEST);
  const [opened, setOpen] = useState<Open>(null);
  const [mayWrite, mayVerify, mayDelete, mayReplace] = [
    useMay("keys:write"),
    useMay("keys:verify"),
    useMay("keys:delete"),
    useMay("streams:write"),
  ];
  const open = opened ?? (isAskedFor && mayVerify ? "trial" : null);
  const close = () => {
    setOpen(null);
    if (isAskedFor) setQuery({}, { replace: true });
  };
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {mayDelete && <Button onClick={() => setOpen("delete")}>Delete</Button>}
      {mayWrite && (
        <Button onClick={() => setOpen("switch")}>{data.state === "disabled" ? "Enable" : "Disable"}</Button>
      )}
      {mayReplace && data.active_uses > 0 && <Button onClick={() => setOpen("replace")}>Replace everywhere</Button>}
      {mayVerify && <Button onClick={() => setOpen("trial")}>Test connection</Button>}
      {mayWrite && (
        <Button variant="primary" onClick={() => void navigate(`/keys/${data.key_id}/edit`)}>
          Edit
        </Button>
      )}
      {open === "trial" && <TrialDialog data={data} isBegun={isAskedFor} onClose={close} />}
      {open === "switch" && <SwitchDialog data={data} onClose={close} />}
      {open === "replace" && <ReplaceDialog data={data} onClose={close} />}
      {open === "delete" && (
        <DeleteDialog target={data} onClose={close} onDeleted={() => void navigate("/keys", AFTER_SAVE)} />
      )}
    </SpaceBetween>
  );
}
