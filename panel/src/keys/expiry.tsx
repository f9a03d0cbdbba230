import StatusIndicator from "@cloudscape-design/components/status-indicator";

import { Time } from "../ui/time";
import { useNow } from "../ui/use-now";
import { SOON_MS } from "./attention";

/** When a key stops being usable. */
export function Expiry({ at }: { at: string | null }) {
  const now = useNow();
  if (at === null) return "never";
  const left = Date.parse(at) - now;
  if (left < 0)
    return (
      <StatusIndicator type="error" wrapText={false}>
        expired <Time at={at} />
      </StatusIndicator>
    );
  if (left > SOON_MS) return <Time at={at} />;
  return (
    <StatusIndicator type="warning" wrapText={false}>
      <Time at={at} />
    </StatusIndicator>
  );
}
