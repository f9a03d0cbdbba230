/** What can be told of a draft before the API is asked. The API checks all of it again, and more. */

import { CreateKeyRequest, HeaderInput, OrganizationInput } from "../../api/bounds";
import type { ProblemField } from "../../api/problem";
import type { System } from "../../systems/queries";
import { textComplaint } from "../../ui/text-complaint";
import type { Key } from "../queries";
import { entriesOf, expiryTime, isMark } from "./draft";
import type { Needed } from "./needed";
import type { Draft, EntryDraft } from "./state";
import { type FieldTemplate, hasTypedAddress, shownFields } from "./template";

export const MOST_ORGANIZATIONS = CreateKeyRequest.entries.maxProperties;
export const MOST_HEADERS = CreateKeyRequest.headers.maxItems;
const ORGANIZATION = new RegExp(OrganizationInput.organization_id.pattern);
const HEADER_NAME = new RegExp(HeaderInput.name.pattern);
/** Somebody wanted to replace a stored secret, and typed nothing. */
const UNDECIDED = "is empty: type the new value, or keep the stored one";
const VISIBLE = /^[!-~]([ -~]*[!-~])?$/;
const HOST = /^[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?$/;

/** What is wrong with the draft, by path and in the order of the form. Reasons go on after a name: "is needed". */
export function complaints(system: System, draft: Draft, needed: Needed, start: Key | null = null): ProblemField[] {
  const found: ProblemField[] = [];
  const add = (field: string, reason: string | null) => {
    if (reason !== null) found.push({ field, reason });
  };
  add("title", textComplaint(draft.title.trim(), CreateKeyRequest.title));
  add("expires_at", ofExpiry(draft));
  add("base_url", ofAddress(system, draft.baseUrl));
  if (draft.organizationSpecific && draft.organizations.length === 0) add("entries", "needs at least one organization");
  for (const entry of entriesOf(draft)) {
    if (draft.organizationSpecific) add(entry.path, ofOrganization(draft, entry));
    for (const field of shownFields(system, draft.auth, entry.fields)) {
      const path = `${entry.path}.fields.${field.id}`;
      const isStored = isMark(start?.entries[entry.name]?.fields[field.id]);
      add(path, entry.fields[field.id] === "" && isStored ? UNDECIDED : ofField(field, entry, needed.get(path)));
    }
  }
  for (const [index, header] of draft.headers.entries()) {
    add(`headers[${index}].name`, ofHeaderName(draft, index));
    const path = `headers[${index}].value`;
    if (isMark(header.value)) add(path, needed.has(path) ? again(needed.get(path)) : null);
    else if (header.value === "") add(path, "is needed");
    else
      add(path, VISIBLE.test(header.value) ? null : "must be visible ASCII characters, with spaces only between them");
  }
  return found;
}

/** What is wrong with a value of a field. The API takes off what was copied with it, so that is no fault here. */
export function valueComplaint(field: FieldTemplate, typed: string): string | null {
  const value = field.kind === "multiline" || (field.secret && field.pattern === null) ? typed : bare(typed);
  if (new TextEncoder().encode(value).length > field.max_length) return `must have at most ${field.max_length} bytes`;
  if (hasControls(value, field.kind === "multiline")) return "must not contain line breaks or other control characters";
  return ofKind(field, value) ?? (matches(field.pattern ?? null, value) ? null : form(field));
}

function ofField(field: FieldTemplate, entry: EntryDraft, why: string | undefined): string | null {
  const value = entry.fields[field.id];
  if (isMark(value)) return why === undefined ? null : again(why);
  if (value === undefined || value === null || value === "") {
    return field.required && field.default == null ? "is needed" : null;
  }
  return valueComplaint(field, value);
}

function again(why: string | undefined): string {
  return `is needed again, since ${why ?? "where it goes has changed"}`;
}

function ofKind(field: FieldTemplate, value: string): string | null {
  switch (field.kind) {
    case "number":
      return /^[0-9]{1,18}$/.test(value) ? null : "must be a whole number of at most 18 digits";
    case "port":
      return /^[1-9][0-9]{0,4}$/.test(value) && Number(value) <= 65535
        ? null
        : "must be a port: a whole number from 1 to 65535";
    case "host":
      return HOST.test(hostOf(value)) ? null : "must be a host name or an IPv4 address, without scheme, port and path";
    case "url":
      return URL.parse(value)?.protocol === "https:" ? null : "must be an https address";
    case "choice":
      return field.choices.some((choice) => choice.value === value)
        ? null
        : `must be one of ${field.choices.map(({ value }) => value).join(", ")}`;
    default:
      return null;
  }
}

/** Without white space, quotation marks and the word Bearer around it, and without characters that nobody sees. */
function bare(typed: string): string {
  const seen = typed.replace(/[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]/g, "").trim();
  const token = seen.replace(/^([0-9A-Za-z-]+: +)?bearer +/i, "");
  return /^(["'`“„‘‚«])(.+)(["'`”“’‘»])$/u.exec(token)?.[2]?.trim() ?? token;
}

/** The host in an address of it. */
function hostOf(value: string): string {
  const rest = value.replace(/^[a-z]+:\/\//i, "");
  return (rest.split("/")[0] ?? "").replace(/:[0-9]{1,5}$/, "").replace(/\.$/, "");
}

function form({ example }: FieldTemplate): string {
  return `is not in the expected form${example == null ? "" : `: it looks like ${example}`}`;
}

/** A pattern that this browser cannot read is left to the API. */
function matches(pattern: string | null, value: string): boolean {
  if (pattern === null) return true;
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    return true;
  }
}

function hasControls(value: string, severalLines: boolean): boolean {
  return (severalLines ? /[^\P{Cc}\t\n\r]/u : /\p{Cc}/u).test(value);
}

function ofExpiry({ expiry }: Draft): string | null {
  if (expiry.date === "") return expiry.time === "" ? null : "needs a day, too";
  const at = expiryTime(expiry);
  if (at === null) return "must be a day such as 2030-01-31 and a time such as 09:00";
  return null;
}

function ofAddress(system: System, baseUrl: string): string | null {
  if (!hasTypedAddress(system)) return null;
  const looksLike = system.base_url.example == null ? "" : `: it looks like ${system.base_url.example}`;
  const typed = baseUrl.trim();
  if (typed === "") return system.base_url.rule === "typed" ? `is needed${looksLike}` : null;
  const tooLong = textComplaint(typed, CreateKeyRequest.base_url);
  if (tooLong !== null) return tooLong;
  const url = URL.parse(
    /^[^/:?]+\.[^/:?]+/.test(bare(typed)) && !typed.includes("://") ? `https://${bare(typed)}` : bare(typed),
  );
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:"))
    return `must be a whole address${looksLike}`;
  if (url.username !== "" || url.password !== "") return "must not contain a user name or a password";
  // The address of a page of the system is cut by the API, which knows the system's pages.
  return url.hash === "" ? null : "must not contain #";
}

function ofOrganization(draft: Draft, entry: EntryDraft): string | null {
  if (entry.name === "") return "is needed: choose the organization";
  if (!ORGANIZATION.test(entry.name)) return "must be an id such as org_1";
  const first = draft.organizations.find(({ organization }) => organization === entry.name);
  return first?.rowId === entry.rowId ? null : "is there twice";
}

function ofHeaderName({ headers }: Draft, index: number): string | null {
  const name = headers[index]?.name ?? "";
  if (name === "") return "is needed";
  if (!HEADER_NAME.test(name)) return "must be a header name: letters, digits and hyphens";
  const first = headers.findIndex((header) => header.name.toLowerCase() === name.toLowerCase());
  return first === index ? null : "is there twice";
}
