/** What stands in the form of the account. */

import type { Account } from "../account/queries";
import { OrganizationInput, UpdateAccountRequest } from "../api/bounds";
import type { Schemas } from "../api/client";
import type { ProblemField } from "../api/problem";
import { ROLES, type Role } from "../ui/roles";
import { isSame } from "../ui/same";
import { textComplaint } from "../ui/text-complaint";

export interface OrganizationDraft {
  rowId: string;
  id: string;
  title: string;
}

export interface AccountDraft {
  title: string;
  minimumRole: string;
  organizations: readonly OrganizationDraft[];
}

export function draftOf({ title, keys_minimum_role: minimumRole, organizations }: Account): AccountDraft {
  return {
    title: title ?? "",
    minimumRole,
    organizations: organizations.map(({ organization_id: id, title }) => ({ rowId: id, id, title })),
  };
}

/** What people call what is in the form, where it differs between two versions. */
export const TOLD = {
  title: ["Title", String],
  minimumRole: ["Lowest role for keys", (role: string) => ROLES.find(({ value }) => value === role)?.label ?? role],
  organizations: [
    "Organizations",
    (organizations: AccountDraft["organizations"]) =>
      organizations.map(({ id, title }) => `${title} (${id})`).join(", ") || null,
  ],
} as const;

export const MOST_ORGANIZATIONS = UpdateAccountRequest.organizations.maxItems;
/** So much of a title is in an id. */
const LONGEST_WORDS = 40;
const ORGANIZATION_ID = new RegExp(OrganizationInput.organization_id.pattern);

/** The id that follows from the title of a new organization, for as long as nobody has typed another one. */
export function idFromTitle(title: string): string {
  const plain = title.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  const words = plain.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
  return `org_${words.slice(0, LONGEST_WORDS)}`;
}

/** What can be told to be wrong before anything is sent. */
export function complaints({ title, organizations }: AccountDraft): ProblemField[] {
  const found: ProblemField[] = [];
  const add = (field: string, reason: string | null) => {
    if (reason !== null) found.push({ field, reason });
  };
  add("title", textComplaint(title.trim(), UpdateAccountRequest.title));
  organizations.forEach(({ id, title }, index) => {
    const path = `organizations[${index}]`;
    if (!ORGANIZATION_ID.test(id))
      found.push({ field: `${path}.organization_id`, reason: "is org_ and up to 60 letters, digits, _ and -" });
    else if (organizations.some((other, place) => place < index && other.id === id)) {
      found.push({ field: `${path}.organization_id`, reason: "is there twice" });
    }
    add(`${path}.title`, textComplaint(title.trim(), OrganizationInput.title));
  });
  return found;
}

/** What people call what is at a path of the request. */
export function nameAt({ organizations }: AccountDraft, path: string): string | null {
  const [, index, member] = /^organizations\[(\d+)\]\.?(\w*)/.exec(path) ?? [];
  if (index !== undefined) {
    const which = organizations[Number(index)]?.title || `organization ${Number(index) + 1}`;
    return member === "title" ? `Title of ${which}` : `Id of ${which}`;
  }
  return { title: "Title", keys_minimum_role: "Lowest role for keys", organizations: "Organizations" }[path] ?? null;
}

/** What differs from what is stored, and no more. */
export function updateRequest(draft: AccountDraft, start: Account): Schemas["UpdateAccountRequest"] {
  const before = draftOf(start);
  return {
    ...(draft.title !== before.title && { title: draft.title.trim() }),
    ...(draft.minimumRole !== before.minimumRole && { keys_minimum_role: draft.minimumRole as Role }),
    ...(!isSame(draft.organizations, before.organizations) && {
      organizations: draft.organizations.map(({ id, title }) => ({ organization_id: id, title: title.trim() })),
    }),
  };
}
