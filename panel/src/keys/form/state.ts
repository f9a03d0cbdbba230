/**
 * What stands in the form: a key as somebody is making it.
 *
 * Values are as on the wire. A string is given, the mark of a stored secret keeps it, and null clears it: nothing that
 * can be typed is mistaken for a mask.
 */

import type { Schemas } from "../../api/client";

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

/** A check of the key's own, as it is typed. */
export interface CheckDraft {
  method: "GET" | "POST";
  path: string;
  /** The body of a POST. */
  body: string;
  /** Whether somebody has said that the POST changes nothing. */
  changesNothing: boolean;
  status: string;
  /** What the body of the answer must have. */
  expects: "anything" | "text" | "json";
  text: string;
  pointer: string;
  /** A JSON value, or a text as it is. */
  value: string;
}

export interface Draft {
  title: string;
  environment: Schemas["Environment"];
  auth: string;
  baseUrl: string;
  /** The methods that the key may be used for, as they are typed: one or more, with commas or spaces between them. */
  methods: string;
  /** The paths that the key may be used for, one in each line. */
  paths: string;
  /** How the key is tried, where its system's template has no check; null for none. */
  check: CheckDraft | null;
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
