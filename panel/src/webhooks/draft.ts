/** The input in the form of a webhook. */

import { CreateWebhookRequest } from "../api/bounds";
import type { ProblemField } from "../api/problem";
import { isSame } from "../ui/same";
import { textComplaint } from "../ui/text-complaint";
import type { CreateWebhook, UpdateWebhook, Webhook } from "./queries";

export interface WebhookDraft {
  name: string;
  /** Types of events, with commas between them. */
  events: string;
  path: string;
  key: string;
  organization: string;
  method: string;
  isTest: boolean;
  active: boolean;
}

/** The types of events that Keyward itself tells of. */
export const OWN_EVENTS = [
  "key.created",
  "key.updated",
  "key.restored",
  "key.disabled",
  "key.enabled",
  "key.connected",
  "key.deleted",
  "key.undeleted",
  "key.purged",
  "key.failing",
  "key.recovered",
  "key.expiring",
];

export function draftOf(webhook: Webhook | null): WebhookDraft {
  return {
    name: webhook?.name ?? "",
    events: webhook?.event_types.join(", ") ?? "",
    path: webhook?.path ?? "",
    key: webhook?.key_id ?? "",
    organization: webhook?.organization ?? "",
    method: webhook?.method ?? "POST",
    isTest: webhook?.environment === "test",
    active: webhook?.active ?? true,
  };
}

/** What people call what is in the form, where it differs between two versions. */
export const TOLD = {
  name: ["Name", String],
  events: ["Event", String],
  path: ["URL Path", String],
  key: ["Credential", orNothing],
  organization: ["Organization", orNothing],
  method: ["HTTP Method", String],
  isTest: ["Test Webhook", (isTest: boolean) => (isTest ? "on" : "off")],
  active: ["Active", (active: boolean) => (active ? "on" : "off")],
} as const;

function orNothing(text: string): string | null {
  return text === "" ? null : text;
}

/** The types that a text names. */
export function typesOf(events: string): string[] {
  return events
    .split(/[\s,]+/)
    .filter((type) => type !== "")
    .filter((type, at, all) => all.indexOf(type) === at);
}

const TYPE = /^[a-z0-9_]+(\.[a-z0-9_]+)*$/;

function eventsComplaint(events: string): string | null {
  const types = typesOf(events);
  if (types.length === 0) return "is needed";
  if (types.length > CreateWebhookRequest.event_types.maxItems)
    return `may be at most ${CreateWebhookRequest.event_types.maxItems} types`;
  const wrong = types.find((type) => !TYPE.test(type));
  return wrong === undefined ? null : `has “${wrong}”: a type is words of a-z, 0-9 and _ with full stops between them`;
}

function pathComplaint(path: string): string | null {
  if (path === "") return "is needed";
  return path.startsWith("/") ? null : "must begin with a slash";
}

/** The complaints that are known before anything is sent. */
export function complaints(draft: WebhookDraft): ProblemField[] {
  const because = (field: string, reason: string | null) => (reason === null ? [] : [{ field, reason }]);
  return [
    ...because("name", textComplaint(draft.name.trim(), CreateWebhookRequest.name)),
    ...because("event_types", eventsComplaint(draft.events)),
    ...because("path", pathComplaint(draft.path.trim())),
    ...because(
      "key_id",
      draft.active && draft.key === "" ? "is needed by what is active: choose one, or make it inactive" : null,
    ),
  ];
}

export function createRequest(draft: WebhookDraft): CreateWebhook {
  return {
    name: draft.name.trim(),
    event_types: typesOf(draft.events).sort(),
    path: draft.path.trim(),
    // The form offers no other words.
    method: draft.method as CreateWebhook["method"],
    environment: draft.isTest ? "test" : "live",
    key_id: draft.key === "" ? null : draft.key,
    organization: draft.organization === "" ? null : draft.organization,
    active: draft.active,
  };
}

/** What differs from what is stored, and no more. */
export function updateRequest(draft: WebhookDraft, start: Webhook): UpdateWebhook {
  const [was, is] = [createRequest(draftOf(start)), createRequest(draft)];
  const members = Object.keys(is) as (keyof CreateWebhook)[];
  const changed = members.filter((member) => !isSame(was[member], is[member]));
  return Object.fromEntries(changed.map((member) => [member, is[member]]));
}
