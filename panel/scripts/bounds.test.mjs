import { describe, expect, it } from "vitest";

import { boundsOf, moduleOf } from "./bounds.mjs";

const title = { type: "string", minLength: 1, maxLength: 100 };
const document = {
  components: {
    schemas: {
      Role: { type: "string", enum: ["viewer", "owner"] },
      Key: { properties: { title } },
      MakeRequest: {
        properties: {
          title: { ...title, description: "What people call it." },
          secret: { type: "string" },
          role: { $ref: "#/components/schemas/Role" },
          headers: { type: "array", items: { $ref: "#/components/schemas/Key" }, maxItems: 20 },
        },
      },
      ChangeRequest: { properties: { title: { anyOf: [title, { type: "null" }] } } },
      EmptyInput: { properties: { secret: { type: "string" } } },
    },
  },
};

describe("the bounds of requests", () => {
  it("are those of members that have some, by schema", () => {
    expect(boundsOf(document)).toEqual({
      MakeRequest: {
        title: { minLength: 1, maxLength: 100 },
        role: { enum: ["viewer", "owner"] },
        headers: { maxItems: 20 },
      },
      ChangeRequest: { title: { minLength: 1, maxLength: 100 } },
    });
  });

  it("are a constant for each schema", () => {
    expect(moduleOf({ AskRequest: { title: { maxLength: 3 } } })).toContain(
      'export const AskRequest = {\n  "title": {\n    "maxLength": 3\n  }\n} as const;',
    );
  });
});
