import { describe, expect, it } from "vitest";

import type { System } from "../../systems/queries";
import { withValue } from "./ports";

const field = (id: string, ofDefault: string | null) => ({ id, default: ofDefault, auth: [] });
const FTP = { fields: [field("port", "21"), field("tls", "explicit")] } as unknown as System;
const EMAIL = { fields: [field("port", null), field("security", "tls")] } as unknown as System;

describe("the port", () => {
  it("follows how the connection is encrypted", () => {
    expect(withValue(FTP, {}, "tls", "implicit")).toEqual({ tls: "implicit", port: "990" });
    expect(withValue(FTP, { tls: "implicit", port: "990" }, "tls", "none")).toEqual({ tls: "none", port: "21" });
    expect(withValue(EMAIL, {}, "security", "starttls")).toEqual({ security: "starttls", port: "587" });
    expect(withValue(EMAIL, { port: "587", security: "starttls" }, "security", "tls").port).toBe("465");
  });

  it("stays where somebody has chosen another one", () => {
    expect(withValue(FTP, { port: "2121" }, "tls", "implicit")).toEqual({ port: "2121", tls: "implicit" });
    expect(withValue(EMAIL, { port: "2525" }, "security", "starttls").port).toBe("2525");
  });

  it("stays where something else is changed", () => {
    expect(withValue(FTP, { host: "a" }, "host", "b")).toEqual({ host: "b" });
    expect(withValue({ fields: [] } as unknown as System, {}, "tls", "implicit")).toEqual({ tls: "implicit" });
  });
});
