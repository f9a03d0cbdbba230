import StatusIndicator from "@cloudscape-design/components/status-indicator";

import { isExpired } from "../keys/attention";
import { useMay } from "../session/context";
import { PageLink } from "../ui/page-link";
import { useNow } from "../ui/use-now";
import type { NamedKeys } from "./queries";
import { useMayConnect } from "./rights";

interface KeyLinkProps {
  id: string | null | undefined;
  organization: string | null | undefined;
  keys: NamedKeys;
  /** Where another one is chosen, such as `/sources/src_1/edit`; left out where no page of its own has that. */
  edit?: string;
}

/** The key that an endpoint or a webhook uses, and whose credentials of it. */
export function KeyLink({ id, organization, keys, edit }: KeyLinkProps) {
  const mayRead = useMay("keys:read");
  const mayConnect = useMayConnect();
  const now = useNow();
  if (id == null) return "none";
  if (!mayRead) return "a key that is not shown to you";
  if (keys.isGone(id)) {
    return (
      <StatusIndicator type="warning">
        a key that is gone
        {mayConnect && edit !== undefined && (
          <>
            : <PageLink to={edit}>choose another</PageLink>
          </>
        )}
      </StatusIndicator>
    );
  }
  return (
    <>
      <PageLink to={`/keys/${id}`}>{keys.titleOf(id)}</PageLink>
      {organization != null && ` (${organization})`}
      {isExpired(keys.endOf(id), now) && <StatusIndicator type="error">expired</StatusIndicator>}
    </>
  );
}
