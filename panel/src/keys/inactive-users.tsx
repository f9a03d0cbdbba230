import Alert from "@cloudscape-design/components/alert";
import Checkbox from "@cloudscape-design/components/checkbox";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect } from "react";

import { KINDS, type Kind } from "../endpoints/kinds";
import { type EndpointSummary, summaryOf, useEndpointList } from "../endpoints/queries";
import { useMay } from "../session/context";
import { Links } from "../ui/links";

/** Sources and destinations that name a key and are switched off, and whether all of them are known. */
export interface InactiveUsers {
  found: readonly { kind: Kind; endpoint: EndpointSummary }[];
  isLooking: boolean;
}

/** The most pages of each list that are looked through. */
const MOST_PAGES = 20;

/** What names a key without using it at the moment. Who may not see streams is told of none. */
export function useInactiveUsers(keyId: string, environment: string): InactiveUsers {
  const mayRead = useMay("streams:read");
  const sources = useInactive("source", keyId, environment, mayRead);
  const destinations = useInactive("destination", keyId, environment, mayRead);
  return {
    found: [...sources.found, ...destinations.found],
    isLooking: sources.isLooking || destinations.isLooking,
  };
}

function useInactive(kind: Kind, keyId: string, environment: string, isEnabled: boolean): InactiveUsers {
  const filter = { environment: environment as "live" | "test" };
  const list = useEndpointList(kind, filter, MOST_PAGES, isEnabled);
  const { hasNextPage, isFetching, isError, fetchNextPage } = list;
  useEffect(() => {
    if (isEnabled && hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [isEnabled, hasNextPage, isFetching, isError, fetchNextPage]);
  const rows = list.data?.pages.flatMap(({ items }) => items).map(summaryOf) ?? [];
  const found = rows.flatMap((endpoint) =>
    "title" in endpoint && endpoint.key_id === keyId && !endpoint.active ? [{ kind, endpoint }] : [],
  );
  return { found, isLooking: isEnabled && !isError && (list.isPending || hasNextPage) };
}

interface InactiveUsersAlertProps {
  users: InactiveUsers;
  isAccepted: boolean;
  onAccept: (isAccepted: boolean) => void;
}

/** Says what would be left without a key, and asks for a second step. */
export function InactiveUsersAlert({ users: { found }, isAccepted, onAccept }: InactiveUsersAlertProps) {
  const many = found.length > 1;
  return (
    <Alert type="warning" header={many ? "Inactive sources or destinations name it" : "Something inactive names it"}>
      <SpaceBetween size="s">
        <Links
          items={found.map(({ kind, endpoint }) => ({
            to: `/${KINDS[kind].plural}/${endpoint.id}`,
            text: `${endpoint.title} (${KINDS[kind].title.toLowerCase()})`,
          }))}
        />
        <span>
          {many ? "They cannot be activated" : "It cannot be activated"} without another key. Detach this one first, or:
        </span>
        <Checkbox checked={isAccepted} onChange={({ detail }) => onAccept(detail.checked)}>
          Delete the key all the same
        </Checkbox>
      </SpaceBetween>
    </Alert>
  );
}
