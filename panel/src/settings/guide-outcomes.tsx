import Box from "@cloudscape-design/components/box";
import StatusIndicator from "@cloudscape-design/components/status-indicator";

import type { Schemas } from "../api/client";
import { trialResult } from "../keys/trial-results";

const LIST = { display: "grid", gap: "8px", listStyle: "none", margin: 0, padding: 0 } as const;

/** What a test of a key can come to, and what to do then. */
export function GuideOutcomes({ name, outcomes }: { name: string; outcomes: readonly Schemas["Outcome"][] }) {
  if (outcomes.length === 0) return null;
  return (
    <div>
      <Box variant="h3">What a test can come to</Box>
      <ul aria-label={`What a test can come to: ${name}`} style={LIST}>
        {outcomes.map(({ result, message }) => {
          const [type, title] = trialResult(result);
          return (
            <li key={message}>
              <StatusIndicator type={type}>{title}</StatusIndicator>
              <div>{message}</div>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
