/** What becomes of a draft when its system is changed: values stay where the fields' ids agree. */

import type { System } from "../../systems/queries";
import type { Key } from "../queries";
import { DEFAULT_ENTRY, isMark, newRowId } from "./draft";
import type { Draft, Fields } from "./state";
import { asVariant, hasTypedAddress, isContentType, variantOf } from "./template";

/** What people typed, or what is stored, that the other system has no place for. */
export function lostBy(from: System, template: System, draft: Draft): string[] {
  const to = asVariant(template, draft.auth);
  const entries = [draft.fields, ...draft.organizations.map(({ fields }) => fields)];
  const fields = from.fields.filter((field) => {
    const isGiven = entries.some(({ [field.id]: value }) => value != null && value !== "" && value !== field.default);
    return isGiven && !isKept(from, to, field.id);
  });
  const address = draft.baseUrl !== "" && !hasTypedAddress(to) ? ["Base URL"] : [];
  const headers = to.headers.allowed ? [] : ownHeaders(from, draft).map(({ name }) => `header ${name}`.trim());
  return [...new Set([...fields.map(({ label }) => label), ...address, ...headers])];
}

/** The draft under another system. What the key has stored comes back with its own system. */
export function movedTo(from: System | null, template: System, draft: Draft, start: Key | null): Draft {
  const isOwn = start?.system_id === template.system_id;
  const auth = isOwn && from !== template ? start.auth : (variantOf(template, draft.auth)?.id ?? "");
  const to = asVariant(template, auth);
  const kept = (fields: Fields, entry: string): Fields => {
    const own = Object.entries(fields).filter(
      ([id, value]) => !isMark(value) && (from === null || isKept(from, to, id)),
    );
    return { ...(isOwn ? start.entries[entry]?.fields : {}), ...Object.fromEntries(own) };
  };
  const headers = to.headers.allowed && from !== null ? ownHeaders(from, draft) : [];
  const [contentType] = to.headers.content_types;
  const needsContentType = contentType !== undefined && !headers.some(({ name }) => isContentType(name));
  return {
    ...draft,
    auth,
    baseUrl: hasTypedAddress(to) ? draft.baseUrl : "",
    headers: needsContentType
      ? [{ rowId: newRowId(), name: "Content-Type", value: contentType, secret: false }, ...headers]
      : headers,
    fields: kept(draft.fields, DEFAULT_ENTRY),
    organizations: draft.organizations.map((entry) => ({ ...entry, fields: kept(entry.fields, entry.organization) })),
  };
}

/** A secret never becomes a value that is shown: both systems must have the field, on the same side. */
function isKept(from: System, to: System, id: string): boolean {
  const isSecret = (system: System) => system.fields.find((field) => field.id === id)?.secret;
  const there = isSecret(to);
  return there !== undefined && there === isSecret(from);
}

/** The headers that people added, without a Content-Type that was only there because it must be. */
function ownHeaders(system: System, { headers }: Draft): Draft["headers"] {
  const [contentType] = system.headers.content_types;
  return headers.filter(({ name, value }) => !(isContentType(name) && value === contentType));
}
