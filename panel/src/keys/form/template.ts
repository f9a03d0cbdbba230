import type { Schemas } from "../../api/client";
import type { System } from "../../systems/queries";
import type { Fields } from "./state";

export type FieldTemplate = Schemas["FieldTemplate"];

/** The auth variant of that id, or the one to offer first. */
export function variantOf(system: System, auth: string): Schemas["AuthVariant"] | undefined {
  return system.auth.find(({ id }) => id === auth) ?? system.auth[0];
}

/** The system as an auth variant has it: the variant's own address, headers and guide stand for the system's. */
export function asVariant(system: System, auth: string): System {
  const own = variantOf(system, auth);
  if (own === undefined) return system;
  return {
    ...system,
    guide: own.guide ?? system.guide,
    guide_url: own.guide_url ?? system.guide_url,
    base_url: own.base_url ?? system.base_url,
    headers: own.headers ?? system.headers,
  };
}

/** All fields of an auth variant, shown or not. */
export function fieldsOf(system: System, auth: string): FieldTemplate[] {
  return system.fields.filter((field) => field.auth.length === 0 || field.auth.includes(auth));
}

/** The fields that are there beside these values. */
export function shownFields(system: System, auth: string, values: Fields): FieldTemplate[] {
  const fields = fieldsOf(system, auth);
  return fields.filter(({ show_when }) => {
    if (show_when == null) return true;
    const other = fields.find(({ id }) => id === show_when.field);
    const value = other === undefined ? null : effectiveValue(other, values);
    return value !== null && show_when.equals.includes(value);
  });
}

/** The public value that a field has: the one given, or its default. */
export function effectiveValue(field: FieldTemplate, values: Fields): string | null {
  const value = values[field.id];
  return typeof value === "string" && value !== "" ? value : (field.default ?? null);
}

/** Whether the system is reached by requests, and not by a login. */
export function hasRequests(system: System): boolean {
  return system.base_url.rule !== "none";
}

/** Whether a key may have a check of its own: the template has none. */
export function takesCheck(system: System, auth: string): boolean {
  return variantOf(system, auth)?.takes_check ?? false;
}

/** Whether people may type an address for this system. */
export function hasTypedAddress(system: System): boolean {
  return system.base_url.rule === "typed" || system.base_url.rule === "overridable";
}

/** The fields whose values decide where requests go, besides those that are marked as binding. */
export function addressFields(system: System, baseUrl: string): readonly string[] {
  const { rule, fields } = system.base_url;
  const follows = rule === "derived" || rule === "choice" || (rule === "overridable" && baseUrl === "");
  return follows ? fields : [];
}

export function isContentType(name: string): boolean {
  return name.toLowerCase() === "content-type";
}
