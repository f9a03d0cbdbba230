import type { Key } from "./queries";

/** What the API noticed in values that it has stored, in sentences. */
export function noticesOf({ notices = [] }: Pick<Key, "notices">): string[] {
  return notices.map(({ field, notice }) => {
    const [, entry, , id] = field.split(".");
    const name = (id ?? field).replaceAll("_", " ");
    const of = entry === undefined || entry === "default" ? "" : ` (${entry})`;
    return `${name}${of} ${notice}.`;
  });
}
