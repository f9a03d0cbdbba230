import { searched } from "../ui/searched";
import { ago } from "../ui/time";
import { isExpired } from "./attention";
import type { KeySummary } from "./queries";

const HEALTH: Readonly<Record<string, string>> = {
  passed: "accepted",
  refused: "refused",
  unreachable: "not reached",
  unclear: "unclear",
};

/** What a choice of keys shows of one: what tells equal titles apart, and whether it can be used at all. */
type Facts = Pick<
  KeySummary,
  "key_id" | "title" | "environment" | "health" | "expires_at" | "hint" | "base_url" | "state"
>;

export function choiceOf(key: Facts, now: number) {
  const { expires_at: expires, base_url: address } = key;
  const hasExpired = isExpired(expires, now);
  const isDisabled = key.state === "disabled";
  const parts = [
    key.environment,
    ...(isDisabled ? ["disabled"] : []),
    ...(key.hint == null ? [] : [`ends in ${key.hint}`]),
    HEALTH[key.health ?? ""] ?? "not tried",
    ...(expires == null ? [] : [`${hasExpired ? "expired" : "expires"} ${ago(Date.parse(expires), now)}`]),
    ...(address == null ? [] : [hostOf(address)]),
  ];
  return {
    value: key.key_id,
    label: key.title,
    description: parts.join(", "),
    ...(hasExpired && { labelTag: "expired", disabled: true, disabledReason: "It has expired: nothing could use it." }),
  };
}

/** The keys that were read with all the words of a text in what can be seen of them, and those that the API has found. */
export function matchingKeys<T extends Facts>(read: readonly T[], found: readonly T[], text: string): T[] {
  const textsOf = (key: T) => [key.title, key.key_id, key.base_url ?? ""];
  return searched(read, { text, found, idOf: ({ key_id }) => key_id, textsOf });
}

/** What is true where there is nothing to choose from. */
export function emptyText(text: string, empty: string): string {
  return text.trim() === ""
    ? empty
    : `No key of this system and environment has “${text.trim()}” in its title, hosts, organizations or id.`;
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}
