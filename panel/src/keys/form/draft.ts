/**
 * What stands in the form: a key as somebody is making it.
 *
 * Values are as on the wire. A string is given, the mark of a stored secret keeps it, and null clears it: nothing that
 * can be typed is mistaken for a mask.
 */

import type { Schemas } from "../../api/client";
import type { System } from "../../systems/queries";
import type { Key } from "../queries";
import { variantOf } from "./template";

export type Mark = Schemas["SecretMark"];
export type Value = string | Mark | null;
/** By field id. What nobody touched is absent, and has its default. */
export type Fields = Readonly<Record<string, Value | undefined>>;

export interface HeaderDraft {
  rowId: string;
  name: string;
  value: string | Mark;
  secret: boolean;
}

export interface OrganizationDraft {
  rowId: string;
  /** Empty until one is chosen. */
  organization: string;
  fields: Fields;
}

/** Day and time as they are typed, in the time zone of whoever types. */
export interface Expiry {
  date: string;
  time: string;
}

export interface Draft {
  title: string;
  environment: Schemas["Environment"];
  auth: string;
  baseUrl: string;
  headers: readonly HeaderDraft[];
  organizationSpecific: boolean;
  /** The default entry. It stays here while the key is organization-specific, and so do the others while it is not. */
  fields: Fields;
  organizations: readonly OrganizationDraft[];
  expiry: Expiry;
}

/** One set of values that would be saved. */
export interface EntryDraft {
  rowId: string;
  /** `default`, or the organization; empty until one is chosen. */
  name: string;
  /** Where it is in the request. */
  path: string;
  fields: Fields;
}

export const NO_EXPIRY: Expiry = { date: "", time: "" };
export const DEFAULT_ENTRY = "default";

export function isMark(value: unknown): value is Mark {
  return typeof value === "object" && value !== null && "hashed" in value;
}

export function newRowId(): string {
  return crypto.randomUUID();
}

/** A new key, of a system once there is one. */
export function newDraft(system: System | null): Draft {
  const [contentType] = system?.headers.content_types ?? [];
  return {
    title: "",
    environment: "live",
    auth: system === null ? "" : (variantOf(system, "")?.id ?? ""),
    baseUrl: "",
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
    headers: key.headers.map(({ name, value, secret }) => ({ rowId: newRowId(), name, value, secret })),
    organizationSpecific: key.organization_specific,
    fields: key.entries[DEFAULT_ENTRY]?.fields ?? {},
    organizations: organizations.map(([organization, { fields }]) => ({ rowId: newRowId(), organization, fields })),
    expiry: expiryOf(key.expires_at ?? null),
  };
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
