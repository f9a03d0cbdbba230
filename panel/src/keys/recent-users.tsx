import Alert from "@cloudscape-design/components/alert";
import { useEffect } from "react";

import { useNameOf } from "../account/queries";
import { useMay } from "../session/context";
import { useNow } from "../ui/use-now";
import { useTrail } from "./page/queries";
import { MOST_PAGES, maybeMoreOf, recentUsersOf } from "./recently";

/** Who used a key in the last thirty days, as far as the newest pages of its trail tell. Nothing while nobody did. */
export function RecentUsers({ keyId }: { keyId: string }) {
  return useMay("audit:read") ? <FromTrail keyId={keyId} /> : null;
}

function FromTrail({ keyId }: { keyId: string }) {
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useTrail(keyId);
  const now = useNow();
  const nameOf = useNameOf();
  const pages = data?.pages ?? [];
  const trail = pages.flatMap(({ items }) => items);
  const isCut = hasNextPage && maybeMoreOf(trail, now);
  const mustRead = isCut && pages.length < MOST_PAGES && !isFetchingNextPage && error === null;
  useEffect(() => {
    if (mustRead) void fetchNextPage();
  }, [mustRead, fetchNextPage]);
  const found = recentUsersOf(trail, now);
  if (found.length === 0) return null;
  const users = found.map(({ by, count }) => `${nameOf(by)} (${count} ${count === 1 ? "time" : "times"})`).join(", ");
  return (
    <Alert type="warning" header="It was used in the last 30 days">
      {isCut ? `${users}, among the newest ${trail.length} entries of its trail` : users}
    </Alert>
  );
}
