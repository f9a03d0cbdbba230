/** Small templates and keys for the tests of this directory. */

import type { System } from "../../systems/queries";
import type { Key } from "../queries";
import type { Mark } from "./state";
import type { FieldTemplate } from "./template";

export function field(id: string, more: Partial<FieldTemplate> = {}): FieldTemplate {
  return {
    id,
    auth: [],
    label: id,
    kind: "text",
    secret: false,
    required: true,
    choices: [],
    help: "",
    binds: false,
    may_follow: false,
    max_length: 4096,
    ...more,
  };
}

/** Two auth variants, a typed address, a Content-Type that must be, and a field that is there sometimes. */
export const HTTP: System = {
  system_id: "http",
  version: 1,
  name: "HTTP",
  summary: "",
  kind: "http",
  guide_url: "https://guide.example",
  guide: "",
  base_url: { rule: "typed", fields: [], example: "https://api.example.com" },
  headers: { allowed: true, content_types: ["application/json", "application/xml"] },
  auth: [
    {
      id: "basic",
      label: "Basic",
      help: "",
      strategy: "basic",
      reveals_secret: true,
      takes_check: true,
      hosts: [],
      constant_headers: [],
      outcomes: [],
    },
    {
      id: "signed",
      label: "Signed",
      help: "",
      strategy: "hmac",
      reveals_secret: false,
      takes_check: true,
      hosts: [],
      constant_headers: [],
      outcomes: [],
    },
  ],
  fields: [
    field("username", { auth: ["basic"], pattern: "^[^:]+$", example: "integration" }),
    field("password", { auth: ["basic"], secret: true }),
    field("client_id", { auth: ["signed"], binds: true }),
    field("client_secret", { auth: ["signed"], secret: true }),
    field("old_secret", { auth: ["signed"], secret: true, required: false }),
    field("scheme", {
      auth: ["signed"],
      kind: "choice",
      required: false,
      default: "standard",
      choices: [
        { value: "standard", label: "Standard" },
        { value: "body", label: "Body" },
      ],
    }),
    field("header_name", { auth: ["signed"], show_when: { field: "scheme", equals: ["body"] } }),
  ],
};

/** One auth variant, an address that follows from a field, and no headers. */
export const SHOP: System = {
  ...HTTP,
  system_id: "shop",
  name: "Shop",
  base_url: { rule: "derived", fields: ["shop"] },
  headers: { allowed: false, content_types: [] },
  auth: [
    {
      id: "login",
      label: "Login",
      help: "",
      strategy: "basic",
      reveals_secret: true,
      takes_check: false,
      hosts: [],
      constant_headers: [],
      outcomes: [],
    },
  ],
  fields: [
    field("shop", { pattern: "^[a-z]+$" }),
    field("password", { secret: true }),
    field("client_id", { secret: true, required: false }),
  ],
};

export const mark = (hashed: string): Mark => ({
  hashed: hashed.padEnd(16, "0"),
  hint: null,
  set_at: "2026-11-20T10:00:00Z",
});

export const KEY: Key = {
  key_id: "key_1",
  system_id: "http",
  template_version: 1,
  auth: "signed",
  title: "Live UK ERP",
  environment: "live",
  base_url: "https://api.example.com/v1",
  headers: [
    { name: "Content-Type", value: "application/json", secret: false },
    { name: "X-Tenant", value: mark("beef"), secret: true },
  ],
  organization_specific: false,
  connections: [],
  entries: {
    default: { fields: { client_id: "me", client_secret: mark("cafe"), old_secret: mark("dead"), scheme: "standard" } },
  },
  expires_at: null,
  state: "active",
  active_uses: 0,
  version: 3,
  created_at: "2026-11-20T10:00:00Z",
  created_by: "person:1",
  updated_at: "2026-11-20T10:00:00Z",
  updated_by: "person:1",
};
