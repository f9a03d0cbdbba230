import type { System } from "../systems/queries";
import { fieldsOf } from "./form/template";
import type { Key } from "./queries";

/** What a stored key lacks before it can log in, in words that follow its title; null if nothing. */
export function missingOf(key: Pick<Key, "auth" | "entries">, system: System | undefined): string | null {
  const needed = system === undefined ? [] : fieldsOf(system, key.auth).filter(({ may_follow }) => may_follow);
  const missing = needed.find(({ id }) => Object.values(key.entries).some(({ fields }) => fields[id] === undefined));
  if (missing === undefined) return null;
  return `cannot log in before it has its ${missing.label}: test the connection to see what the server shows`;
}
