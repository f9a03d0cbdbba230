import { ago } from "../ui/time";
import type { KeySummary } from "./queries";

const HEALTH: Readonly<Record<string, string>> = {
  passed: "accepted",
  refused: "refused",
  unreachable: "not reached",
  unclear: "unclear",
};

/** What a choice of keys shows of one: what tells equal titles apart, and whether it can be used at all. */
type Facts = Pick<KeySummary, "key_id" | "title" | "environment" | "health" | "expires_at" | "base_url" | "state">;

export function choiceOf(key: Facts, now: number) {
  const { expires_at: expires, base_url: address } = key;
  const isExpired = expires != null && Date.parse(expires) <= now;
  const isDisabled = key.state === "disabled";
  const parts = [
    key.environment,
    ...(isDisabled ? ["disabled"] : []),
    HEALTH[key.health ?? ""] ?? "not tried",
    ...(expires == null ? [] : [`${isExpired ? "expired" : "expires"} ${ago(Date.parse(expires), now)}`]),
    ...(address == null ? [] : [hostOf(address)]),
  ];
  return {
    value: key.key_id,
    label: key.title,
    description: parts.join(", "),
    ...(isExpired && { labelTag: "expired", disabled: true, disabledReason: "It has expired: nothing could use it." }),
  };
}

/** What is true where there is nothing to choose from: with a search, only that no title begins like that. */
export function emptyText(prefix: string, empty: string): string {
  return prefix === "" ? empty : `Titles are searched from their beginning, and none begins with “${prefix}”.`;
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}
