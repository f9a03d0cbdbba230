import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import { useEffect, useRef } from "react";

import { Time } from "../../ui/time";
import type { Difference } from "./versions";
import type { Overtaken } from "./use-key-form";

/** Somebody else has saved meanwhile: what they changed, and what becomes of what stands here. It takes the focus. */
export function OvertakenAlert({ overtaken, onStartAgain }: { overtaken: Overtaken; onStartAgain: () => void }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.focus(), [overtaken]);
  const { by, differences } = overtaken;
  return (
    <div ref={place} tabIndex={-1} role="group" aria-label="Somebody else has changed this key">
      <Alert
        type="warning"
        header="Somebody else has changed this key"
        action={<Button onClick={onStartAgain}>Drop my edits</Button>}
      >
        <Box variant="p">
          It was saved <Time at={by.updated_at} /> as version {by.version}. Nothing of yours is lost: your edits now stand on top
          of that version. Look at them, then save again.
        </Box>
        {differences.length === 0 ? (
          <Box variant="p">Nothing that this form shows is different.</Box>
        ) : (
          <ul aria-label="What they changed">
            {differences.map((difference) => (
              <li key={difference.name}>
                <DifferenceText {...difference} />
              </li>
            ))}
          </ul>
        )}
      </Alert>
    </div>
  );
}

function DifferenceText({ name, before, after, edited }: Difference) {
  return (
    <>
      <strong>{name}</strong>: {before ?? "nothing"} → {after ?? "nothing"}
      {edited && " (you have changed this, too: saving sets yours)"}
    </>
  );
}
