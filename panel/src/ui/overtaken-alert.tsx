import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";

import { Time } from "./time";

/** One thing that somebody else changed. */
export interface Difference {
  /** What people call it. */
  name: string;
  /** Null for nothing. Secrets have words instead of a value. */
  before: string | null;
  after: string | null;
  /** Whether the form has another value still, which saving would set. */
  edited: boolean;
}

/** What somebody else did while a form was open. */
export interface Overtaken {
  by: { version: number; updated_at?: string | null | undefined };
  differences: readonly Difference[];
}

interface OvertakenAlertProps {
  /** What was changed, such as "this key". */
  what: string;
  overtaken: Overtaken;
  onStartAgain: () => void;
}

/** Somebody else has saved meanwhile: what they changed, and what becomes of what stands here. It takes the focus. */
export function OvertakenAlert({ what, overtaken, onStartAgain }: OvertakenAlertProps) {
  const { by, differences } = overtaken;
  const title = `Somebody else has changed ${what}`;
  return (
    <div key={by.version} ref={takeFocus} tabIndex={-1} role="group" aria-label={title}>
      <Alert type="warning" header={title} action={<Button onClick={onStartAgain}>Drop my edits</Button>}>
        <Box variant="p">
          It was saved {by.updated_at != null && <Time at={by.updated_at} />} as version {by.version}. Nothing of yours
          is lost: your edits now stand on top of that version. Look at them, then save again.
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

/** As a ref it is called once for each element, so that another version takes the focus again. */
function takeFocus(element: HTMLElement | null): void {
  element?.focus();
}

function DifferenceText({ name, before, after, edited }: Difference) {
  return (
    <>
      <strong>{name}</strong>: {before ?? "nothing"} → {after ?? "nothing"}
      {edited && " (you have changed this, too: saving sets yours)"}
    </>
  );
}
