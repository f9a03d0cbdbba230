import { type QueryClient, useQuery } from "@tanstack/react-query";

import { type Api, dataOf, type Schemas, useApi } from "../api/client";
import { useMay } from "../session/context";
import { showSaved } from "../ui/saved";

export type Account = Schemas["Account"];
export type Member = Schemas["Member"];
export type MemberRow = Schemas["MemberRow"];

/** A customer or branch of the account. */
export type Organization = Schemas["Organization"];

const ACCOUNT = ["account"];
const MEMBERS = ["members"];
const PAGE_ROWS = 100;

/** The account, as it is now. */
export function useAccount() {
  const api = useApi();
  return useQuery({ queryKey: ACCOUNT, queryFn: ({ signal }) => readAccount(api, signal) });
}

export function readAccount(api: Api, signal?: AbortSignal): Promise<Account> {
  return dataOf(api.GET("/v1/account", signal === undefined ? {} : { signal }));
}

export function accountWasSaved(queries: QueryClient, account: Account): Promise<void> {
  return showSaved(queries, ACCOUNT, account);
}

/** The account's organizations; none while they are not known. */
export function useOrganizations() {
  const { data, isPending } = useAccount();
  return { organizations: data?.organizations ?? [], isPending };
}

/** The people of the account: for owners. There are never so many that a page at a time would matter. */
export function useMembers(isEnabled = true) {
  const api = useApi();
  return useQuery({
    queryKey: MEMBERS,
    enabled: isEnabled,
    queryFn: async ({ signal }) => {
      const rows: MemberRow[] = [];
      let cursor: string | undefined;
      do {
        const page: Schemas["MemberList"] = await dataOf(
          api.GET("/v1/members", { params: { query: { limit: PAGE_ROWS, cursor } }, signal }),
        );
        rows.push(...page.items);
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      return rows;
    },
  });
}

export function membersHaveChanged(queries: QueryClient): void {
  void queries.invalidateQueries({ queryKey: MEMBERS });
}

/** The addresses of people by their ids, for those who may see them. */
export function usePeople(): (memberId: string) => string | null {
  const members = useMembers(useMay("account:admin"));
  return (memberId) => {
    const member = members.data?.find(({ member_id }) => member_id === memberId);
    return member !== undefined && "email" in member ? (member.email ?? null) : null;
  };
}
