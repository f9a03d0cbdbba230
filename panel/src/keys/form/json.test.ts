import { describe, expect, it } from "vitest";
import { lineAndColumn, placeOf } from "../../json/place";
import { isSame } from "../../ui/same";
import { draftOf, newDraft } from "./draft";
import { HTTP, KEY, mark, SHOP } from "./fixtures";
import { readJson } from "./json-read";
import { jsonText } from "./json-text";

const KEPT = `{ "hashed": "${mark("cafe").hashed}" }`;
const DOCUMENT = (fields: string) => `{
  "organization_specific": false,
  "entries": { "default": { "fields": ${fields} } }
}`;

function told(text: string): string[] {
  return readJson(text, SHOP, newDraft(SHOP), null).errors.map(({ reason, offset }) => {
    const { line, column } = lineAndColumn(text, offset);
    return `${line}:${column} ${reason}`;
  });
}

describe("the JSON of a draft", () => {
  it("reads back as the same draft", () => {
    for (const draft of [
      newDraft(HTTP),
      draftOf(KEY),
      { ...newDraft(HTTP), auth: "signed", fields: { scheme: "body" } },
    ]) {
      expect(isSame(readJson(jsonText(HTTP, draft), HTTP, draft, KEY).draft, draft)).toBe(true);
    }
  });

  it("has every name of the template, with nothing or the default behind it", () => {
    expect(JSON.parse(jsonText(HTTP, { ...newDraft(HTTP), auth: "signed" })).entries).toEqual({
      default: { fields: { client_id: "", client_secret: "", old_secret: "", scheme: "standard" } },
    });
  });

  it("shows a kept secret as its mark", () => {
    expect(JSON.parse(jsonText(HTTP, draftOf(KEY))).entries.default.fields.client_secret).toEqual({
      hashed: mark("cafe").hashed,
    });
  });
});

describe("reading JSON", () => {
  it("says where a text is no JSON", () => {
    expect(told(`{\n  "entries" 1\n}`)).toEqual(["2:13 A colon is expected here."]);
    expect(told(`{"a": 1,}`)[0]).toContain("1:9");
    expect(told(`// hello\n{}`)).toEqual(["1:1 Comments are not allowed."]);
    expect(told("")).toEqual(["1:1 A value is expected here."]);
  });

  it("refuses a name that does not belong there, at its place", () => {
    const [only, ...others] = told(DOCUMENT(`{ "shop": "a", "password": "b", "client_id": "", "pasword": "x" }`));
    expect(only).toMatch(/^3:\d+ "pasword" does not belong here. The names are shop, password, client_id$/);
    expect(others).toEqual([]);
  });

  it("refuses a name that is missing, and one that is there twice", () => {
    expect(told(DOCUMENT(`{ "shop": "a", "client_id": "" }`))[0]).toContain(`"password" is missing here`);
    expect(told(DOCUMENT(`{ "shop": "a", "shop": "b", "password": "", "client_id": "" }`))[0]).toContain(
      `"shop" is there twice`,
    );
  });

  it("refuses values of the wrong kind", () => {
    expect(told(DOCUMENT(`{ "shop": 1, "password": "b", "client_id": "" }`))[0]).toContain("must be a text");
    expect(told(`{ "organization_specific": "no", "entries": [] }`).map((line) => line.slice(5))).toHaveLength(2);
  });

  it("keeps a secret by its mark and no other", () => {
    const text = jsonText(HTTP, draftOf(KEY));
    const other = text.replace(mark("cafe").hashed, mark("f00d").hashed);
    expect(readJson(other, HTTP, draftOf(KEY), KEY).errors[0]?.reason).toContain("is not what is stored");
    expect(
      readJson(DOCUMENT(`{ "shop": "a", "password": ${KEPT}, "client_id": "" }`), SHOP, newDraft(SHOP), null).errors[0]
        ?.reason,
    ).toContain("nothing stored");
  });

  it("takes a text for a secret as the new secret, whatever it looks like", () => {
    const text = jsonText(HTTP, draftOf(KEY)).replace(/\{\s*"hashed": "cafe0+"\s*\}/, JSON.stringify(KEPT));
    expect(readJson(text, HTTP, draftOf(KEY), KEY).draft?.fields.client_secret).toBe(KEPT);
  });

  it("knows which names others bring along", () => {
    const text = jsonText(HTTP, { ...newDraft(HTTP), auth: "signed" }).replace(`"standard"`, `"body"`);
    expect(readJson(text, HTTP, newDraft(HTTP), null).errors[0]?.reason).toBe(`"header_name" is missing here`);
  });

  it("finds the place of what a problem names", () => {
    const text = jsonText(HTTP, draftOf(KEY));
    expect(text.slice(placeOf(text, "headers[1].name").offset)).toMatch(/^"X-Tenant"/);
    expect(text.slice(placeOf(text, "entries.default.fields.client_id").offset)).toMatch(/^"me"/);
    expect(text.slice(placeOf(text, "entries.default.fields.nothing").offset)).toMatch(/^"fields"/);
  });
});
