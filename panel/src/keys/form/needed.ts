/**
 * Which kept secrets cannot stay.
 *
 * Where a secret may go is sealed with it. When that changes, the API wants the secret again; people should know before
 * they save.
 */

import type { Schemas } from "../../api/client";
import type { System } from "../../systems/queries";
import { isSame } from "../../ui/same";
import type { Key } from "../queries";
import { entriesOf, isMark } from "./draft";
import { checkOf, restrictionsOf } from "./request";
import type { Draft } from "./state";
import { addressFields, effectiveValue, type FieldTemplate, fieldsOf, hasTypedAddress, shownFields } from "./template";

/** The paths of secrets that are needed again, each with why. */
export type Needed = ReadonlyMap<string, string>;

export function neededAgain(start: Key | null, system: System, draft: Draft): Needed {
  const needed = new Map<string, string>();
  if (start === null) return needed;
  const everywhere = movedAsAWhole(start, system, draft);
  for (const entry of entriesOf(draft)) {
    const why = everywhere ?? reboundField(start, system, draft, entry.name, entry.fields);
    if (why === null) continue;
    for (const { id, secret } of shownFields(system, draft.auth, entry.fields)) {
      if (secret && isMark(entry.fields[id])) needed.set(`${entry.path}.fields.${id}`, why);
    }
  }
  for (const [index, { name, value }] of draft.headers.entries()) {
    const isNamedSo = start.headers.some((header) => header.name.toLowerCase() === name.toLowerCase());
    const why = everywhere ?? (isNamedSo ? null : "its name has changed");
    if (isMark(value) && why !== null) needed.set(`headers[${index}].value`, why);
  }
  return needed;
}

/** The fields that have changed and may lead requests elsewhere: only the API knows whether they do. */
export function maybeLedElsewhere(start: Key | null, system: System, draft: Draft): string[] {
  if (start === null || start.system_id !== system.system_id) return [];
  const ids = addressFields(system, draft.baseUrl);
  const fields = fieldsOf(system, draft.auth).filter(({ id, binds }) => ids.includes(id) && !binds);
  return fields
    .filter((field) =>
      entriesOf(draft).some(({ name, fields }) => {
        const stored = start.entries[name];
        return stored !== undefined && effectiveValue(field, fields) !== effectiveValue(field, stored.fields);
      }),
    )
    .map(({ label }) => label);
}

/** All public values that secrets may be sealed with, to tell whether any of them changed. */
export function bindingOf(system: System, draft: Draft): string {
  const ids = addressFields(system, draft.baseUrl);
  const values = entriesOf(draft).map(({ name, fields }) => {
    const bound = shownFields(system, draft.auth, fields).filter(
      ({ id, binds, secret }) => !secret && (binds || ids.includes(id)),
    );
    return [name, ...bound.map((field) => effectiveValue(field, fields))];
  });
  const restrictions = restrictionsOf(system, draft);
  const post = postOf(checkOf(system, draft));
  const address = draft.baseUrl.trim();
  return JSON.stringify([system.system_id, draft.auth, draft.environment, address, restrictions, post, values]);
}

function movedAsAWhole(start: Key, system: System, draft: Draft): string | null {
  if (start.system_id !== system.system_id) return "the system has changed";
  if (start.auth !== draft.auth) return "the authentication has changed";
  if (start.environment !== draft.environment) return "the environment has changed";
  if (hasTypedAddress(system) && originOf(start.base_url ?? "") !== originOf(draft.baseUrl)) {
    return "the base URL leads to another server";
  }
  if (!isSame(restrictionsOf(system, draft), start.restrictions ?? null)) return "the restrictions have changed";
  if (!isSame(postOf(checkOf(system, draft)), postOf(start.check ?? null))) return "the check with POST has changed";
  return null;
}

function reboundField(start: Key, system: System, draft: Draft, name: string, fields: Draft["fields"]): string | null {
  const stored = start.entries[name];
  if (stored === undefined) return "it belonged to another organization";
  const isFirst = ({ id, may_follow }: FieldTemplate) => may_follow && stored.fields[id] === undefined;
  const field = shownFields(system, draft.auth, fields)
    .filter((field) => field.binds && !isFirst(field))
    .find((field) => effectiveValue(field, fields) !== effectiveValue(field, stored.fields));
  return field === undefined ? null : `${field.label} has changed`;
}

/** The part of a check that secrets are sealed with. */
function postOf(check: Schemas["Check"] | null): unknown {
  return check?.method === "POST" ? [check.path, check.body] : null;
}

/** Scheme, host and port; the text itself where it is no address yet. */
function originOf(address: string): string {
  return URL.parse(address.trim())?.origin ?? address.trim();
}
