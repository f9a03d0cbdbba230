import { describe, expect, it } from "vitest";

import { type Findable, matching } from "./matches";

const item = (title: string, ...texts: string[]): Findable => ({
  to: `/${title}`,
  title,
  about: "",
  texts: [title, ...texts],
});
const ALL = [
  item("Live UK Shopify", "Shopify", "acme-uk.myshopify.com", "key_01a2"),
  item("Staging DE", "Shopify", "acme-de.myshopify.com", "key_01b3"),
  item("UK ERP", "Custom HTTP", "api.example.com", "key_01c4"),
  item("Über Lager", "SFTP", "files.example.com", "key_01d5"),
];
const titles = (text: string) => matching(ALL, text).map(({ title }) => title);

describe("what is found", () => {
  it("has every word somewhere, in any order", () => {
    expect(titles("shopify uk")).toEqual(["Live UK Shopify"]);
    expect(titles("shopify")).toEqual(["Live UK Shopify", "Staging DE"]);
    expect(titles("example.com sftp")).toEqual(["Über Lager"]);
    expect(titles("shopify erp")).toEqual([]);
  });

  it("is found by the id of a key", () => expect(titles("key_01c4")).toEqual(["UK ERP"]));

  it("stands first where its title begins with the text", () =>
    expect(titles("uk")).toEqual(["UK ERP", "Live UK Shopify"]));

  it("does not depend on capital letters and accents", () => expect(titles("uber LAGER")).toEqual(["Über Lager"]));

  it("has what the API has found at its end, once", () => {
    const found = [item("Live UK Shopify"), item("Zulu Shopify")];
    expect(matching(ALL, "shopify uk", found).map(({ title }) => title)).toEqual(["Live UK Shopify", "Zulu Shopify"]);
  });

  it("is nothing for no text", () => expect(titles("  ")).toEqual([]));

  it("is as much as can be looked through", () =>
    expect(
      matching(
        Array.from({ length: 50 }, (_, index) => item(`Key ${index}`)),
        "key",
      ),
    ).toHaveLength(20));
});
