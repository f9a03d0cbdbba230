/** Makes and changes what stands in the form. */

import type { Schemas } from "../../api/client";
import type { System } from "../../systems/queries";
import type { Key } from "../queries";
import type { CheckDraft, Draft, EntryDraft, Expiry, Fields, Mark } from "./state";
import { asVariant, variantOf } from "./template";

export const NO_EXPIRY: Expiry = { date: "", time: "" };
export const DEFAULT_ENTRY = "default";

export function isMark(value: unknown): value is Mark {
  return typeof value === "object" && value !== null && "hashed" in value;
}

export function newRowId(): string {
  return crypto.randomUUID();
}

/** A check to begin with. */
export const NEW_CHECK: CheckDraft = {
  method: "GET",
  path: "",
  body: "",
  changesNothing: false,
  status: "200",
  expects: "anything",
  text: "",
  pointer: "",
  value: "",
};

/** A new key, of a system once there is one. */
export function newDraft(system: System | null): Draft {
  const [contentType] = system === null ? [] : asVariant(system, "").headers.content_types;
  return {
    title: "",
    environment: "live",
    auth: system === null ? "" : (variantOf(system, "")?.id ?? ""),
    baseUrl: "",
    methods: "",
    paths: "",
    check: null,
    headers:
      contentType === undefined ? [] : [{ rowId: newRowId(), name: "Content-Type", value: contentType, secret: false }],
    organizationSpecific: false,
    fields: {},
    organizations: [],
    expiry: NO_EXPIRY,
  };
}

/** A stored key, to be changed. Its secrets are there as marks. */
export function draftOf(key: Key): Draft {
  const organizations = Object.entries(key.entries).filter(([name]) => name !== DEFAULT_ENTRY);
  return {
    title: key.title,
    environment: key.environment,
    auth: key.auth,
    baseUrl: key.base_url ?? "",
    methods: key.restrictions?.methods.join(", ") ?? "",
    paths: key.restrictions?.paths.join("\n") ?? "",
    check: key.check == null ? null : checkDraftOf(key.check),
    headers: key.headers.map(({ name, value, secret }) => ({ rowId: newRowId(), name, value, secret })),
    organizationSpecific: key.organization_specific,
    fields: key.entries[DEFAULT_ENTRY]?.fields ?? {},
    organizations: organizations.map(([organization, { fields }]) => ({ rowId: newRowId(), organization, fields })),
    expiry: expiryOf(key.expires_at ?? null),
  };
}

function checkDraftOf({ method, path, body, changes_nothing, status, text, json }: Schemas["Check"]): CheckDraft {
  return {
    method,
    path,
    body: body ?? "",
    changesNothing: changes_nothing,
    status: String(status),
    expects: json != null ? "json" : text != null ? "text" : "anything",
    text: text ?? "",
    pointer: json?.pointer ?? "",
    value: json == null ? "" : valueText(json.value),
  };
}

/** A value as it is typed: a text stands as it is, unless it would be read as another value. */
function valueText(value: Schemas["ExpectedValue"]["value"]): string {
  return typeof value === "string" && meantValue(value) === value ? value : JSON.stringify(value);
}

/** The value that is meant by a text: a number, `true`, `false`, `null` or a text in quotation marks, or the text itself. */
export function meantValue(text: string): Schemas["ExpectedValue"]["value"] {
  try {
    const value: unknown = JSON.parse(text);
    const isScalar = value === null || ["string", "number", "boolean"].includes(typeof value);
    return isScalar ? (value as Schemas["ExpectedValue"]["value"]) : text;
  } catch {
    return text;
  }
}

/** The entries that would be saved, in the order of the form. */
export function entriesOf(draft: Draft): EntryDraft[] {
  if (!draft.organizationSpecific) {
    return [{ rowId: DEFAULT_ENTRY, name: DEFAULT_ENTRY, path: `entries.${DEFAULT_ENTRY}`, fields: draft.fields }];
  }
  return draft.organizations.map(({ rowId, organization, fields }) => ({
    rowId,
    name: organization,
    path: `entries.${organization || rowId}`,
    fields,
  }));
}

/** The draft with another set of values in one entry. */
export function withFields(draft: Draft, rowId: string, fields: Fields): Draft {
  if (!draft.organizationSpecific) return { ...draft, fields };
  const organizations = draft.organizations.map((entry) => (entry.rowId === rowId ? { ...entry, fields } : entry));
  return { ...draft, organizations };
}

export function expiryOf(at: string | null): Expiry {
  if (at === null) return NO_EXPIRY;
  const time = new Date(at);
  const two = (number: number) => String(number).padStart(2, "0");
  return {
    date: `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`,
    time: `${two(time.getHours())}:${two(time.getMinutes())}`,
  };
}

/** The time that is meant: the start of the day where no time is typed. Null when there is none. */
export function expiryTime({ date, time }: Expiry): Date | null {
  if (date === "") return null;
  const at = new Date(`${date}T${time === "" ? "00:00" : time}`);
  return Number.isNaN(at.getTime()) ? null : at;
}
