/** The ports that go with the way in which a connection is encrypted, by field and value: IANA's service names and ports. */

import type { System } from "../../systems/queries";
import type { Fields, Value } from "./state";
import { effectiveValue } from "./template";

const PORTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // `ftp` 21 and `ftps` 990.
  tls: { none: "21", explicit: "21", implicit: "990" },
  // `submissions` 465 (RFC 8314, 7.3) and `submission` 587 (RFC 6409).
  security: { tls: "465", starttls: "587" },
};

/** The values with one changed. The port follows how the connection is encrypted, unless somebody has chosen another one. */
export function withValue(system: System, fields: Fields, id: string, value: Value): Fields {
  const changed = { ...fields, [id]: value };
  const ports = PORTS[id];
  const [choice, port] = [id, "port"].map((id) => system.fields.find((field) => field.id === id));
  if (ports === undefined || choice === undefined || port === undefined || typeof value !== "string") return changed;
  const usual = ports[effectiveValue(choice, fields) ?? ""];
  const typed = effectiveValue(port, fields);
  const next = ports[value];
  return next === undefined || (typed !== null && typed !== usual) ? changed : { ...changed, port: next };
}
