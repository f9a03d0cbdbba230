import type { Schemas } from "../api/client";

export type Role = Schemas["Role"];

/** What people may be in an account. */
export const ROLES: { value: Role; label: string; description: string }[] = [
  { value: "viewer", label: "Viewer", description: "Sees keys, masked, and their uses." },
  {
    value: "editor",
    label: "Editor",
    description: "Creates, changes and tests keys. Creates and changes sources, destinations and webhooks.",
  },
  {
    value: "owner",
    label: "Owner",
    description: "Does everything: also deletes keys, and manages the account and its people.",
  },
];

export function roleName(role: string): string {
  return ROLES.find(({ value }) => value === role)?.label ?? role;
}
