/** What people may be in an account. */
export const ROLES = [
  { value: "viewer", label: "Viewer", description: "Looks at keys, masked, and at what uses them." },
  { value: "editor", label: "Editor", description: "Creates, changes and tries keys, sources and destinations." },
  {
    value: "owner",
    label: "Owner",
    description: "Does everything, deletes keys, and settles the account and its people.",
  },
];

export function roleName(role: string): string {
  return ROLES.find(({ value }) => value === role)?.label ?? role;
}
