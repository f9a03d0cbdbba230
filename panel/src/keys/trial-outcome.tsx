import SpaceBetween from "@cloudscape-design/components/space-between";

import type { Schemas } from "../api/client";
import { nextStep } from "./trial-results";

/** What a trial came to, in words: what was answered, how long it took, and what to do now. */
export function TrialOutcome({ verification }: { verification: Schemas["Verification"] }) {
  const { message, result, status, upstream, duration_ms } = verification;
  const next = nextStep(result);
  return (
    <SpaceBetween size="xs">
      <span>{message}</span>
      {upstream != null && <span>Signed in as {upstream}</span>}
      {next !== null && <span>{next}</span>}
      <span>
        {status == null ? "It" : `The answer has status ${status}. It`} took {durationText(duration_ms)}.
      </span>
    </SpaceBetween>
  );
}

function durationText(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}
