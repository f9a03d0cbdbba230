import { isReadable, type ListedKey } from "./queries";

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long before its end a key is worth a warning, in milliseconds. */
export const SOON_MS = 14 * DAY_MS;
/** A key that nothing has used for so long may not be needed any more, in milliseconds. */
const UNUSED_MS = 90 * DAY_MS;

/** Whether a key is past its end. */
export function isExpired(at: string | null | undefined, now: number): boolean {
  return at != null && Date.parse(at) <= now;
}

/** Why somebody should look at a key. */
export const REASONS = ["disabled", "refused", "expired", "expiring", "untried", "unused"] as const;
export type Reason = (typeof REASONS)[number];

export const REASON_LABELS: Record<Reason, string> = {
  disabled: "Disabled",
  refused: "Refused",
  expired: "Expired",
  expiring: "Expires within 14 days",
  untried: "Not tried",
  unused: "Not used for 90 days",
};

/** All that is to be looked at in a key. One that cannot be read has no reason of these: it is shown anyway. */
export function reasonsOf(key: ListedKey, now: number): Reason[] {
  if (!isReadable(key)) return [];
  const left = key.expires_at == null ? Number.POSITIVE_INFINITY : Date.parse(key.expires_at) - now;
  const isSince = (at: string | null | undefined) => at != null && now - Date.parse(at) < UNUSED_MS;
  const holds: Record<Reason, boolean> = {
    disabled: key.state === "disabled",
    refused: key.health === "refused",
    expired: isExpired(key.expires_at, now),
    expiring: left > 0 && left <= SOON_MS,
    untried: key.health == null,
    // A new key has had no time to be used.
    unused: !isSince(key.last_used_at) && !isSince(key.created_at),
  };
  return REASONS.filter((reason) => holds[reason]);
}

/** Which keys a list shows: `any` is each that needs attention, and empty is every key. */
export type Attention = Reason | "any" | "";

export function attentionOf(text: string): Attention {
  return text === "any" ? "any" : (REASONS.find((reason) => reason === text) ?? "");
}

/** Whether a key belongs in a list of those that need attention. */
export function needsAttention(key: ListedKey, attention: Attention, now: number): boolean {
  if (attention === "" || !isReadable(key)) return true;
  const reasons = reasonsOf(key, now);
  return attention === "any" ? reasons.length > 0 : reasons.includes(attention);
}
