import type { System } from "../../systems/queries";
import type { Wording } from "./form-state";
import type { Draft } from "./state";
import { fieldsOf } from "./template";

const CHECK_NAMES: Readonly<Record<string, string>> = {
  "check.method": "Method of the check",
  "check.path": "Path of the check",
  "check.body": "Body of the check",
  "check.changes_nothing": "That it changes nothing",
  "check.status": "Expected status",
  "check.text": "Expected text",
  "check.json": "Expected value",
  "check.json.pointer": "Place of the expected value",
  "check.json.value": "Expected value",
};

/** What people call what is at a path of the request; null for what has no name. */
export function nameAt(system: System | null, draft: Draft, wording: Wording, path: string): string | null {
  const [first] = path.split(/[.[]/);
  switch (first) {
    case "":
      return "JSON";
    case "title":
      return wording === "key" ? "Title" : "Name";
    case "environment":
      return "Environment";
    case "base_url":
      return "Base URL";
    case "restrictions":
      return path.includes(".methods") ? "Allowed methods" : path.includes(".paths") ? "Allowed paths" : "Restrictions";
    case "check":
      return CHECK_NAMES[path] ?? "Check";
    case "expires_at":
      return "Expiry";
    case "system_id":
      return "System";
    case "auth":
      return "Authentication type";
    case "organization_specific":
      return "Organization-specific";
    case "headers":
      return headerName(draft, path);
    case "entries":
      return fieldName(system, draft, path);
    default:
      return null;
  }
}

function headerName({ headers }: Draft, path: string): string {
  const [, index, member] = /^headers\[(\d+)\]\.?(\w*)/.exec(path) ?? [];
  const name = headers[Number(index)]?.name;
  if (index === undefined) return "Headers";
  const which = name === undefined || name === "" ? `Header ${Number(index) + 1}` : name;
  return member === "name" ? `Name of ${which === name ? `header ${name}` : which.toLowerCase()}` : which;
}

function fieldName(system: System | null, draft: Draft, path: string): string {
  const [, entry, , id] = path.split(".");
  if (entry === undefined) return "Organizations";
  const unchosen = draft.organizations.findIndex(({ rowId }) => rowId === entry);
  if (unchosen >= 0 && id === undefined) return `Organization ${unchosen + 1}`;
  const of =
    entry === "default"
      ? ""
      : draft.organizations.some(({ organization }) => organization === entry)
        ? ` of ${entry}`
        : "";
  if (id === undefined) return entry === "default" ? "Credentials" : `Organization${of.replace(" of", "")}`;
  const label = system === null ? undefined : fieldsOf(system, draft.auth).find((field) => field.id === id)?.label;
  return `${label ?? id}${of}`;
}
