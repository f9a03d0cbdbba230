import { type QueryClient, useQuery } from "@tanstack/react-query";

import { type Api, dataOf, type Schemas, useApi } from "../api/client";
import { useClaims, useMay } from "../session/context";
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
    queryFn: ({ signal }) => readMembers(api, {}, signal),
  });
}

export function membersHaveChanged(queries: QueryClient): void {
  void queries.invalidateQueries({ queryKey: MEMBERS });
}

/** The people who were removed, with the addresses that they had: for owners. */
export function useFormerMembers(isEnabled = true) {
  const api = useApi();
  return useQuery({
    queryKey: [...MEMBERS, "removed"],
    enabled: isEnabled,
    queryFn: ({ signal }) => readMembers(api, { state: "removed" }, signal),
  });
}

async function readMembers(api: Api, of: { state?: "removed" }, signal: AbortSignal): Promise<MemberRow[]> {
  const rows: MemberRow[] = [];
  let cursor: string | undefined;
  do {
    const page: Schemas["MemberList"] = await dataOf(
      api.GET("/v1/members", { params: { query: { ...of, limit: PAGE_ROWS, cursor } }, signal }),
    );
    rows.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return rows;
}

/** The addresses of people by their ids, also of those who were removed, for those who may see them. */
export function usePeople(): (memberId: string) => string | null {
  const maySee = useMay("account:admin");
  const [members, former] = [useMembers(maySee), useFormerMembers(maySee)];
  return (memberId) => {
    const all: MemberRow[] = [...(members.data ?? []), ...(former.data ?? [])];
    const member = all.find(({ member_id }) => member_id === memberId);
    return member !== undefined && "email" in member ? (member.email ?? null) : null;
  };
}

/** What to call whoever did something: people by their addresses where those may be known, machines by their ids. */
export function useNameOf(): (by: string) => string {
  const { subject } = useClaims();
  const emailOf = usePeople();
  return (by) => {
    if (by === `person:${subject}`) return "you";
    const person = by.startsWith("person:") ? by.slice("person:".length) : null;
    return person === null ? by : (emailOf(person) ?? `somebody of the account (${person.slice(0, 8)})`);
  };
}
