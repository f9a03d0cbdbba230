import Alert from "@cloudscape-design/components/alert";

import { useNameOf } from "../account/queries";
import { useMay } from "../session/context";
import { useNow } from "../ui/use-now";
import { useTrail } from "./page/queries";
import { recentUsersOf } from "./recently";

/** Who used a key in the last thirty days, as far as the newest page of its trail tells. Nothing while nobody did. */
export function RecentUsers({ keyId }: { keyId: string }) {
  return useMay("audit:read") ? <FromTrail keyId={keyId} /> : null;
}

function FromTrail({ keyId }: { keyId: string }) {
  const trail = useTrail(keyId);
  const now = useNow();
  const nameOf = useNameOf();
  const found = recentUsersOf(trail.data?.pages.flatMap(({ items }) => items) ?? [], now);
  if (found.length === 0) return null;
  return (
    <Alert type="warning" header="It was used in the last 30 days">
      {found.map(({ by, count }) => `${nameOf(by)} (${count} ${count === 1 ? "time" : "times"})`).join(", ")}
    </Alert>
  );
}
