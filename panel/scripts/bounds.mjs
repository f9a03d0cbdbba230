// What the API document says of the members of request bodies: how long a text may be, how many items a list may have,
// which words or which pattern. The document is too large for the page; this is what its forms need of it.

const KEYWORDS = ["enum", "minLength", "maxLength", "pattern", "maxItems", "maxProperties"];
const OF_REQUESTS = /(Request|Input)$/;

/** The bounds of each member, by schema and member. A member without bounds is left out, and so is a schema. */
export function boundsOf(document) {
  const { schemas } = document.components;
  const found = {};
  for (const name of Object.keys(schemas).filter((name) => OF_REQUESTS.test(name))) {
    const members = Object.entries(schemas[name].properties ?? {}).map(([member, schema]) => [
      member,
      boundsIn(schemas, schema),
    ]);
    const bounded = members.filter(([, bounds]) => Object.keys(bounds).length > 0);
    if (bounded.length > 0) found[name] = Object.fromEntries(bounded);
  }
  return found;
}

/** A member that may be null has its bounds in the other alternative. */
function boundsIn(schemas, schema) {
  if (schema.$ref !== undefined) return boundsIn(schemas, schemas[schema.$ref.split("/").at(-1)]);
  const alternatives = (schema.anyOf ?? []).filter(({ type }) => type !== "null");
  if (alternatives.length === 1) return boundsIn(schemas, alternatives[0]);
  return Object.fromEntries(
    KEYWORDS.filter((keyword) => keyword in schema).map((keyword) => [keyword, schema[keyword]]),
  );
}

/** A module in which each schema is a constant of its own, so that a page holds only those that it uses. */
export function moduleOf(bounds) {
  const constants = Object.entries(bounds).map(([name, members]) => {
    return `export const ${name} = ${JSON.stringify(members, null, 2)} as const;\n`;
  });
  return ["// Made from docs/openapi.json by scripts/write-bounds.mjs.\n", ...constants].join("\n");
}
