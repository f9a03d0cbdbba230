import type { System } from "../../systems/queries";
import type { TrailEntry } from "./queries";

const CHANGES: Record<string, string> = {
  "key.created": "Created",
  "key.updated": "Changed",
  "key.restored": "Restored",
  "key.disabled": "Disabled",
  "key.enabled": "Enabled",
  "key.connected": "Connected",
  "key.deleted": "Deleted",
  "key.undeleted": "Brought back",
  "key.purged": "Ended for good: its secrets are destroyed",
  "key.failing": "Refused by its system",
  "key.recovered": "Accepted by its system again",
  "key.expiring": "Expires soon",
};

const USES: Record<string, string> = {
  sign: "Signed a request",
  send: "Sent a request",
  resolve: "Handed out its values",
  verify: "Tried against its system",
};

const MEMBERS: Readonly<Record<string, string>> = {
  title: "Title",
  environment: "Environment",
  base_url: "Base URL",
  auth: "Authentication type",
  headers: "Headers",
  restrictions: "Restrictions",
  check: "Check",
  expires_at: "Expiry",
  organization_specific: "Organization-specific",
  entries: "Organizations",
  state: "State",
};

/** The field of that id that a way to authenticate has: several may have one each. */
export function fieldOf(system: System | undefined, auth: string, id: string) {
  const fields = system?.fields.filter((field) => field.id === id) ?? [];
  return fields.find((field) => field.auth.length === 0 || field.auth.includes(auth)) ?? fields[0];
}

/** What people call what was changed, such as `entries.default.fields.secret_key`, in a key with this way to authenticate. */
export function changedName(path: string, system: System | undefined, auth: string): string {
  const [, entry, id] = /^entries\.([^.]+)\.fields\.(.+)$/.exec(path) ?? [];
  if (entry !== undefined) {
    const label = fieldOf(system, auth, id ?? "")?.label ?? id?.replaceAll("_", " ");
    return entry === "default" ? `${label}` : `${label} of ${entry}`;
  }
  const connected = /^connections\.(.+)$/.exec(path)?.[1];
  if (connected !== undefined) return connected === "default" ? "Connection" : `Connection of ${connected}`;
  // A whole entry: that of the account is the key itself.
  if (path === "entries.default") return "";
  if (path.startsWith("entries.")) return path.slice("entries.".length);
  return path.startsWith("headers.")
    ? `Header ${path.slice("headers.".length)}`
    : (MEMBERS[path] ?? path.replaceAll("_", " "));
}

/** What an entry of a key's trail tells, in words. */
export function told(
  { change, use }: TrailEntry,
  system: System | undefined,
  auth: string,
): { text: string; detail: string | null } {
  if (change != null) {
    const text = CHANGES[change.action] ?? change.action;
    const names = change.changed
      .map((path) => changedName(path, system, auth))
      .filter((name) => name !== "")
      .join(", ");
    return {
      text: change.restored == null ? text : `${text} version ${change.restored}`,
      detail: names === "" ? null : names,
    };
  }
  if (use == null) return { text: "An entry of a kind that this panel does not know", detail: null };
  const text = USES[use.purpose] ?? use.purpose;
  const request = [use.method, use.target].filter((part) => part != null).join(" ");
  const organization = use.organization == null ? "" : ` for ${use.organization}`;
  return { text: `${text}${organization}`, detail: [request, use.receipt_id].filter((part) => part !== "").join(", ") };
}
