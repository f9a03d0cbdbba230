/** The credentials of a draft as JSON: the names are the template's, the values are people's own. */

import type { System } from "../../systems/queries";
import { entriesOf, isMark } from "./draft";
import type { Draft, Fields, Value } from "./state";
import { hasTypedAddress, shownFields } from "./template";

/** The names that the document has, in order. */
export function memberNames(system: System): string[] {
  return [
    ...(system.auth.length > 1 ? ["auth"] : []),
    ...(hasTypedAddress(system) ? ["base_url"] : []),
    ...(system.headers.allowed ? ["headers"] : []),
    "organization_specific",
    "entries",
  ];
}

export function jsonText(system: System, draft: Draft): string {
  const members: Record<string, unknown> = {
    auth: draft.auth,
    base_url: draft.baseUrl,
    headers: draft.headers.map(({ name, value, secret }) => ({
      name,
      value: written(value),
      ...(secret && { secret }),
    })),
    organization_specific: draft.organizationSpecific,
    entries: Object.fromEntries(
      entriesOf(draft).map(({ name, fields }) => [name || "org_", { fields: values(system, draft, fields) }]),
    ),
  };
  return JSON.stringify(Object.fromEntries(memberNames(system).map((name) => [name, members[name]])), null, 2);
}

function values(system: System, draft: Draft, fields: Fields): Record<string, unknown> {
  const shown = shownFields(system, draft.auth, fields);
  return Object.fromEntries(shown.map((field) => [field.id, written(fields[field.id] ?? field.default ?? "")]));
}

function written(value: Value): unknown {
  return isMark(value) ? { hashed: value.hashed } : (value ?? "");
}
