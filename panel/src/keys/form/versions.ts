/** Two versions of a key: what somebody else changed meanwhile, and how one's own edits go on top of it. */

import type { System } from "../../systems/queries";
import type { Difference } from "../../ui/overtaken-alert";
import { isSame } from "../../ui/same";
import type { Key } from "../queries";
import { DEFAULT_ENTRY, draftOf, isMark } from "./draft";
import type { Draft, Fields, OrganizationDraft, Value } from "./state";

/** What differs between two versions, and which of it was edited here as well. */
export function differences(before: Key, after: Key, draft: Draft, system: System): Difference[] {
  const [old, now] = [draftOf(before), draftOf(after)];
  const found: Difference[] = [];
  const compare = (name: string, left: Value | undefined, right: Value | undefined, mine: Value | undefined) => {
    if (isSame(left ?? null, right ?? null)) return;
    const edited = !isSame(mine ?? null, left ?? null) && !isSame(mine ?? null, right ?? null);
    found.push({
      name,
      before: shown(left),
      after: isMark(right) && isMark(left) ? "another secret" : shown(right),
      edited,
    });
  };
  compare("Title", old.title, now.title, draft.title);
  compare("Environment", old.environment, now.environment, draft.environment);
  compare("Authentication", old.auth, now.auth, draft.auth);
  compare("Base URL", old.baseUrl, now.baseUrl, draft.baseUrl);
  compare("Allowed methods", old.methods, now.methods, draft.methods);
  compare("Allowed paths", old.paths, now.paths, draft.paths);
  compare("Check", checkText(old), checkText(now), checkText(draft));
  compare("Expires", expiryText(old), expiryText(now), expiryText(draft));
  compare("Organization-specific", yesOrNo(old), yesOrNo(now), yesOrNo(draft));
  compare("Headers", headerText(old), headerText(now), headerText(draft));
  for (const entry of new Set([...Object.keys(before.entries), ...Object.keys(after.entries)])) {
    const [left, right, mine] = [fieldsAt(old, entry), fieldsAt(now, entry), fieldsAt(draft, entry)];
    for (const id of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const label = system.fields.find((field) => field.id === id)?.label ?? id;
      compare(entry === DEFAULT_ENTRY ? label : `${label} of ${entry}`, left[id], right[id], mine[id]);
    }
  }
  return found;
}

/** The edits that were made to `before`, on top of `after`. Where both changed the same, the edit stays. */
export function rebased(before: Key, after: Key, draft: Draft): Draft {
  const [old, now] = [draftOf(before), draftOf(after)];
  const pick = <T>(was: T, is: T, mine: T): T => (isSame(mine, was) ? is : mine);
  return {
    title: pick(old.title, now.title, draft.title),
    environment: pick(old.environment, now.environment, draft.environment),
    auth: pick(old.auth, now.auth, draft.auth),
    baseUrl: pick(old.baseUrl, now.baseUrl, draft.baseUrl),
    methods: pick(old.methods, now.methods, draft.methods),
    paths: pick(old.paths, now.paths, draft.paths),
    check: pick(old.check, now.check, draft.check),
    expiry: pick(old.expiry, now.expiry, draft.expiry),
    organizationSpecific: pick(old.organizationSpecific, now.organizationSpecific, draft.organizationSpecific),
    headers: withPresentMarks(pick(old.headers, now.headers, draft.headers), now),
    fields: mergedFields(old.fields, now.fields, draft.fields),
    organizations: mergedOrganizations(old, now, draft),
  };
}

function mergedOrganizations(old: Draft, now: Draft, draft: Draft): OrganizationDraft[] {
  const at = (list: Draft["organizations"], id: string) => list.find(({ organization }) => organization === id);
  const mine = draft.organizations.flatMap((entry) => {
    const [was, is] = [at(old.organizations, entry.organization), at(now.organizations, entry.organization)];
    // Somebody removed it, and nothing was done to it here.
    if (was !== undefined && is === undefined && isSame(was, entry)) return [];
    return [{ ...entry, fields: mergedFields(was?.fields ?? {}, is?.fields ?? {}, entry.fields) }];
  });
  const added = now.organizations.filter(
    ({ organization }) =>
      at(old.organizations, organization) === undefined && at(draft.organizations, organization) === undefined,
  );
  return [...mine, ...added];
}

function mergedFields(old: Fields, now: Fields, mine: Fields): Fields {
  const ids = new Set([...Object.keys(old), ...Object.keys(now), ...Object.keys(mine)]);
  const values = [...ids].map((id) => {
    const isUntouched = isSame(mine[id] ?? null, old[id] ?? null);
    // A mark keeps what is stored now; one of a value that is gone keeps nothing.
    return [id, isUntouched || isMark(mine[id]) ? now[id] : mine[id]] as const;
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

function withPresentMarks(headers: Draft["headers"], now: Draft): Draft["headers"] {
  return headers.map((header) => {
    if (!isMark(header.value)) return header;
    const stored = now.headers.find(({ name }) => name.toLowerCase() === header.name.toLowerCase())?.value;
    return { ...header, value: isMark(stored) ? stored : "" };
  });
}

function fieldsAt(draft: Draft, entry: string): Fields {
  if (entry === DEFAULT_ENTRY) return draft.fields;
  return draft.organizations.find(({ organization }) => organization === entry)?.fields ?? {};
}

function shown(value: Value | undefined): string | null {
  return isMark(value) ? "a secret" : value === "" ? null : (value ?? null);
}

const expiryText = ({ expiry: { date, time } }: Draft) => `${date} ${time}`.trim();
const yesOrNo = ({ organizationSpecific }: Draft) => (organizationSpecific ? "yes" : "no");
const checkText = ({ check }: Draft) =>
  check === null
    ? ""
    : [check.method, check.path, check.body, check.status, check.text, check.pointer, check.value].join(" ").trim();
const headerText = ({ headers }: Draft) =>
  headers
    .map(({ name, value }) => `${name}: ${isMark(value) ? `secret ${value.hashed.slice(0, 4)}` : value}`)
    .join(", ");
