/**
 * Reads what people wrote as JSON back into the draft.
 *
 * The names are fixed: one that does not belong there, and one that is missing, is an error at its place. What is wrong
 * with the values is for the rules to say, which serve the form, too.
 */

import { type Node, type ParseError, parseTree } from "jsonc-parser";
import { parseErrorText } from "../../json/parse-errors";
import type { TextError } from "../../json/place";
import type { System } from "../../systems/queries";
import type { Key } from "../queries";
import { DEFAULT_ENTRY, entriesOf, isMark, newRowId } from "./draft";
import { memberNames } from "./json-text";
import type { Draft, Fields, HeaderDraft, Mark } from "./state";
import { fieldsOf, hasTypedAddress, shownFields, variantOf } from "./template";

export interface JsonReading {
  /** Null while the text is no document of this form. */
  draft: Draft | null;
  errors: readonly TextError[];
}

type Property = { name: string; key: Node; value: Node };

export function readJson(text: string, system: System, draft: Draft, start: Key | null): JsonReading {
  const wrong: ParseError[] = [];
  const root = parseTree(text, wrong, { disallowComments: true, allowTrailingComma: false });
  const [first] = wrong;
  if (first !== undefined || root === undefined) {
    const at = first ?? { error: 4, offset: 0, length: 0 };
    return {
      draft: null,
      errors: [{ path: "", reason: parseErrorText(at.error), offset: at.offset, length: at.length }],
    };
  }
  return new Reader(system, draft, start).read(root);
}

class Reader {
  readonly #errors: TextError[] = [];

  constructor(
    private readonly system: System,
    private readonly before: Draft,
    private readonly start: Key | null,
  ) {}

  read(root: Node): JsonReading {
    const members = this.#members(root, "", memberNames(this.system));
    const draft = { ...this.before };
    if (members.auth !== undefined) draft.auth = this.#auth(members.auth);
    if (members.base_url !== undefined && hasTypedAddress(this.system))
      draft.baseUrl = this.#text(members.base_url, "base_url");
    if (members.headers !== undefined) draft.headers = this.#headers(members.headers);
    if (members.organization_specific !== undefined) {
      draft.organizationSpecific = this.#flag(members.organization_specific, "organization_specific");
    }
    if (members.entries !== undefined) this.#entries(members.entries, draft);
    return { draft: this.#errors.length === 0 ? draft : null, errors: this.#errors };
  }

  #complain(node: Node, path: string, reason: string): void {
    this.#errors.push({ path, reason, offset: node.offset, length: node.children === undefined ? node.length : 1 });
  }

  /** The properties of an object, by name. Each must be one of `names`, once, and each of `needed` must be there. */
  #members(node: Node, path: string, names: readonly string[], needed = names): Record<string, Node> {
    const found: Record<string, Node> = {};
    for (const { name, key, value } of this.#properties(node, path)) {
      if (names.includes(name)) found[name] = value;
      else this.#complain(key, join(path, name), `"${name}" does not belong here. The names are ${names.join(", ")}`);
    }
    const missing = needed.filter((name) => !(name in found));
    if (node.type === "object" && missing.length > 0) {
      this.#complain(node, path, `${missing.map((name) => `"${name}"`).join(", ")} is missing here`);
    }
    return found;
  }

  #properties(node: Node, path: string): Property[] {
    if (node.type !== "object") {
      this.#complain(node, path, "must be an object, in braces");
      return [];
    }
    const found: Property[] = [];
    for (const { children } of node.children ?? []) {
      const [key, value] = children ?? [];
      if (key === undefined || value === undefined) continue;
      const name = String(key.value);
      if (found.some((other) => other.name === name)) this.#complain(key, join(path, name), `"${name}" is there twice`);
      else found.push({ name, key, value });
    }
    return found;
  }

  #text(node: Node, path: string): string {
    if (node.type === "string") return String(node.value);
    if (node.type !== "null") this.#complain(node, path, "must be a text, in quotation marks");
    return "";
  }

  #flag(node: Node, path: string): boolean {
    if (node.type !== "boolean") this.#complain(node, path, "must be true or false");
    return node.value === true;
  }

  #auth(node: Node): string {
    const auth = this.#text(node, "auth");
    const known = this.system.auth.map(({ id }) => id);
    if (known.includes(auth)) return auth;
    if (node.type === "string") this.#complain(node, "auth", `must be one of ${known.join(", ")}`);
    return variantOf(this.system, "")?.id ?? "";
  }

  #headers(node: Node): HeaderDraft[] {
    if (node.type !== "array") {
      this.#complain(node, "headers", "must be a list, in brackets");
      return [];
    }
    return (node.children ?? []).map((child, index) => {
      const path = `headers[${index}]`;
      const { name, value, secret } = this.#members(child, path, ["name", "value", "secret"], ["name", "value"]);
      const isSecret = secret !== undefined && this.#flag(secret, `${path}.secret`);
      const called = name === undefined ? "" : this.#text(name, `${path}.name`);
      const stored = this.start?.headers.find((header) => header.name.toLowerCase() === called.toLowerCase())?.value;
      const rowId = this.before.headers[index]?.rowId ?? newRowId();
      const given =
        value === undefined ? "" : this.#value(value, `${path}.value`, isSecret, isMark(stored) ? stored : null);
      return { rowId, name: called, value: given, secret: isSecret };
    });
  }

  #entries(node: Node, draft: Draft): void {
    if (!draft.organizationSpecific) {
      const { [DEFAULT_ENTRY]: entry } = this.#members(node, "entries", [DEFAULT_ENTRY]);
      if (entry !== undefined) draft.fields = this.#entry(entry, DEFAULT_ENTRY, draft, this.before.fields);
      return;
    }
    draft.organizations = this.#properties(node, "entries").map(({ name, value }) => {
      const known = entriesOf(this.before).find((entry) => this.before.organizationSpecific && entry.name === name);
      const fields = this.#entry(value, name, draft, known?.fields ?? {});
      return { rowId: known?.rowId ?? newRowId(), organization: name, fields };
    });
  }

  #entry(node: Node, entry: string, draft: Draft, before: Fields): Fields {
    const path = `entries.${entry}`;
    const { fields } = this.#members(node, path, ["fields"]);
    if (fields === undefined) return before;
    const templates = fieldsOf(this.system, draft.auth);
    const stored = this.start?.entries[entry]?.fields ?? {};
    const values: Record<string, Fields[string]> = { ...before };
    const found = this.#members(
      fields,
      `${path}.fields`,
      templates.map(({ id }) => id),
      [],
    );
    for (const { id, secret, default: preset } of templates) {
      const value = found[id];
      if (value === undefined) continue;
      const mark = stored[id];
      const given = this.#value(value, `${path}.fields.${id}`, secret, isMark(mark) ? mark : null);
      // What was never touched in the form is shown as its default, or as nothing, and stays untouched.
      const isUntouched = before[id] === undefined && given === (preset ?? "");
      values[id] = isUntouched ? undefined : given === "" && isMark(mark) ? null : given;
    }
    // Which fields there are depends on the values of others.
    const missing = shownFields(this.system, draft.auth, values).filter(({ id }) => !(id in found));
    if (fields.type === "object" && missing.length > 0) {
      this.#complain(fields, `${path}.fields`, `${missing.map(({ id }) => `"${id}"`).join(", ")} is missing here`);
    }
    return values;
  }

  #value(node: Node, path: string, secret: boolean, stored: Mark | null): string | Mark {
    if (node.type !== "object") return this.#text(node, path);
    const { hashed } = this.#members(node, path, ["hashed", "hint", "set_at"], ["hashed"]);
    if (!secret) this.#complain(node, path, "is no secret: write the value itself");
    else if (stored === null)
      this.#complain(node, path, "has nothing stored to keep: write the secret itself, in quotation marks");
    else if (hashed !== undefined && hashed.value !== stored.hashed) {
      this.#complain(hashed, path, `is not what is stored: "${stored.hashed}" keeps it`);
    } else return stored;
    return stored ?? "";
  }
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
