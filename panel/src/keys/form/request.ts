/** From what stands in the form to what is asked of the API. */

import type { Schemas } from "../../api/client";
import type { System } from "../../systems/queries";
import { isSame } from "../../ui/same";
import type { Key } from "../queries";
import { draftOf, entriesOf, expiryTime, isMark, meantValue } from "./draft";
import type { Draft, EntryDraft, Value } from "./state";
import { hasRequests, hasTypedAddress, shownFields, takesCheck } from "./template";

export type CreateKeyRequest = Schemas["CreateKeyRequest"];
export type UpdateKeyRequest = Schemas["UpdateKeyRequest"];
type FieldEdits = NonNullable<Schemas["EntryPatch"]["fields"]>;
type EntryEdits = NonNullable<UpdateKeyRequest["entries"]>;

/** The request that makes the key. Marks have no place in it, and what is not shown is not sent. */
export function createRequest(system: System, draft: Draft): CreateKeyRequest {
  const entries = entriesOf(draft).map((entry) => [entry.name, { fields: given(system, draft, entry) }] as const);
  return {
    system_id: system.system_id,
    auth: draft.auth,
    title: draft.title.trim(),
    environment: draft.environment,
    base_url: typedAddress(system, draft),
    restrictions: restrictionsOf(system, draft),
    check: checkOf(system, draft),
    headers: headersOf(system, draft),
    organization_specific: draft.organizationSpecific,
    entries: Object.fromEntries(entries),
    expires_at: expiryTime(draft.expiry)?.toISOString() ?? null,
  };
}

/** The merge patch from the stored key to the draft: only what differs is in it, so untouched secrets are not. */
export function updateRequest(system: System, start: Key, draft: Draft): UpdateKeyRequest {
  const before = draftOf(start);
  const patch: UpdateKeyRequest = {};
  const moved = start.system_id !== system.system_id || start.auth !== draft.auth;
  if (start.system_id !== system.system_id) patch.system_id = system.system_id;
  if (moved) patch.auth = draft.auth;
  if (draft.title.trim() !== start.title) patch.title = draft.title.trim();
  if (draft.environment !== start.environment) patch.environment = draft.environment;
  if (typedAddress(system, draft) !== (start.base_url ?? null)) patch.base_url = typedAddress(system, draft);
  const restrictions = restrictionsOf(system, draft);
  if (!isSame(restrictions, start.restrictions ?? null)) patch.restrictions = restrictions;
  const check = checkOf(system, draft);
  if (!isSame(check, start.check ?? null)) patch.check = check;
  const dropsHeaders = !system.headers.allowed && start.headers.length > 0;
  if (dropsHeaders || !isSame(draft.headers, before.headers)) patch.headers = headersOf(system, draft);
  if (draft.organizationSpecific !== start.organization_specific)
    patch.organization_specific = draft.organizationSpecific;
  if (!isSame(draft.expiry, before.expiry)) patch.expires_at = expiryTime(draft.expiry)?.toISOString() ?? null;
  const entries = entryEdits(system, start, draft, moved);
  if (Object.keys(entries).length > 0) patch.entries = entries;
  return patch;
}

function entryEdits(system: System, start: Key, draft: Draft, moved: boolean): EntryEdits {
  const edits: EntryEdits = {};
  const present = entriesOf(draft);
  for (const name of Object.keys(start.entries)) {
    if (!present.some((entry) => entry.name === name)) edits[name] = null;
  }
  for (const entry of present) {
    const stored = start.entries[entry.name];
    const fields =
      stored === undefined || moved ? given(system, draft, entry) : changed(system, draft, entry, stored.fields);
    if (stored === undefined || Object.keys(fields).length > 0) edits[entry.name] = { fields };
  }
  return edits;
}

/** Every value that is given in an entry. A kept secret needs no mention. */
function given(system: System, draft: Draft, entry: EntryDraft): Record<string, string> {
  const values = shownFields(system, draft.auth, entry.fields).flatMap(({ id }) => {
    const value = entry.fields[id];
    return typeof value === "string" && value !== "" ? [[id, value] as const] : [];
  });
  return Object.fromEntries(values);
}

function changed(system: System, draft: Draft, entry: EntryDraft, stored: Readonly<Record<string, Value>>): FieldEdits {
  const edits: FieldEdits = {};
  for (const { id } of shownFields(system, draft.auth, entry.fields)) {
    const value = entry.fields[id] ?? null;
    const before = stored[id] ?? null;
    // An empty text in the place of a stored secret is no decision to clear it; null is.
    if (isMark(value) || value === before || (value === "" && isMark(before))) continue;
    if (value !== null && value !== "") edits[id] = value;
    else if (before !== null) edits[id] = null;
  }
  return edits;
}

function headersOf(system: System, draft: Draft): Schemas["HeaderInput"][] {
  if (!system.headers.allowed) return [];
  return draft.headers.map(({ name, value, secret }) => ({
    name,
    value: isMark(value) ? { hint: null, ...value } : value,
    secret,
  }));
}

/** What the key is restricted to: null where that is nothing. */
export function restrictionsOf(system: System, { methods, paths }: Draft): Schemas["Restrictions"] | null {
  if (!hasRequests(system)) return null;
  const restrictions = {
    methods: sortedOnce(methods.toUpperCase().split(/[\s,]+/)),
    paths: sortedOnce(paths.split("\n").map((path) => path.trim())),
  };
  return restrictions.methods.length + restrictions.paths.length > 0 ? restrictions : null;
}

/** How the key is tried: null where it has no check of its own. What is typed and not asked for is left out. */
export function checkOf(system: System, { auth, check }: Draft): Schemas["Check"] | null {
  if (check === null || !takesCheck(system, auth)) return null;
  const isPost = check.method === "POST";
  return {
    method: check.method,
    path: check.path.trim(),
    body: isPost ? check.body : null,
    changes_nothing: isPost && check.changesNothing,
    status: Number(check.status),
    text: check.expects === "text" ? check.text : null,
    json: check.expects === "json" ? { pointer: check.pointer.trim(), value: meantValue(check.value) } : null,
  };
}

/** In the order of the API, which is that of their bytes. */
function sortedOnce(texts: readonly string[]): string[] {
  return [...new Set(texts.filter((text) => text !== ""))].sort();
}

function typedAddress(system: System, draft: Draft): string | null {
  const typed = draft.baseUrl.trim();
  return hasTypedAddress(system) && typed !== "" ? typed : null;
}
