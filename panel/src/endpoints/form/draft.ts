/** The input in the form of a source or destination. */

import { type ParseError, parseTree } from "jsonc-parser";

import { CreateEndpointRequest, TriggerInput } from "../../api/bounds";
import type { ProblemField } from "../../api/problem";
import { parseErrorText } from "../../json/parse-errors";
import type { TextError } from "../../json/place";
import type { ChosenKey } from "../../keys/key-choice";
import { isSame } from "../../ui/same";
import { textComplaint } from "../../ui/text-complaint";
import { KINDS, type Kind, triggerText } from "../kinds";
import type { CreateEndpoint, Endpoint, UpdateEndpoint } from "../queries";

export interface EndpointDraft {
  title: string;
  systemId: string;
  environment: "live" | "test";
  function: string;
  trigger: string;
  cron: string;
  /** Its label is of the moment when it was chosen, and empty for a stored one. */
  key: string;
  organization: string;
  /** JSON, as it was typed. */
  settings: string;
  active: boolean;
}

export function draftOf(kind: Kind, endpoint: Endpoint | null): EndpointDraft {
  const [first] = KINDS[kind].triggers;
  return {
    title: endpoint?.title ?? "",
    systemId: endpoint?.system_id ?? "",
    environment: endpoint?.environment ?? "live",
    function: endpoint?.function ?? "",
    trigger: endpoint?.trigger.type ?? first?.value ?? "",
    cron: endpoint?.trigger.cron ?? "",
    key: endpoint?.key_id ?? "",
    organization: endpoint?.organization ?? "",
    settings: JSON.stringify(endpoint?.settings ?? {}, null, 2),
    active: endpoint?.active ?? true,
  };
}

/** What people call what is in the form, where it differs between two versions. */
export const TOLD = {
  title: ["Title", String],
  systemId: ["System", String],
  environment: ["Environment", String],
  function: ["Function", String],
  trigger: ["Trigger", (type: string) => triggerText({ type })],
  cron: ["Schedule", orNothing],
  key: ["Key", orNothing],
  organization: ["Organization", orNothing],
  settings: ["Settings", String],
  active: ["State", (active: boolean) => (active ? "active" : "inactive")],
} as const;

function orNothing(text: string): string | null {
  return text === "" ? null : text;
}

/** What is wrong with the text of the settings: it has to be one JSON object. */
export function settingsErrors(text: string): TextError[] {
  const wrong: ParseError[] = [];
  const root = parseTree(text, wrong, { disallowComments: true, allowTrailingComma: false });
  const [first] = wrong;
  if (first !== undefined)
    return [{ path: "settings", reason: parseErrorText(first.error), offset: first.offset, length: first.length }];
  if (root?.type === "object") return [];
  return [{ path: "settings", reason: "must be an object, in braces", offset: 0, length: text.length }];
}

/** The complaints that are known before anything is sent. */
export function complaints(draft: EndpointDraft): ProblemField[] {
  const because = (field: string, reason: string | null) => (reason === null ? [] : [{ field, reason }]);
  return [
    ...because("system_id", draft.systemId === "" ? "is needed" : null),
    ...because("title", textComplaint(draft.title.trim(), CreateEndpointRequest.title)),
    ...because("function", functionComplaint(draft.function.trim())),
    ...(draft.trigger === "scheduled"
      ? because("trigger.cron", textComplaint(draft.cron.trim(), TriggerInput.cron))
      : []),
    ...(draft.active && draft.key === ""
      ? [{ field: "key_id", reason: "is needed by what is active: choose one, or make it inactive" }]
      : []),
    ...settingsErrors(draft.settings).map(({ path, reason }) => ({ field: path, reason })),
  ];
}

const FUNCTION_NAME = new RegExp(CreateEndpointRequest.function.pattern);

function functionComplaint(name: string): string | null {
  if (name === "") return "is needed";
  return FUNCTION_NAME.test(name) ? null : "is 1 to 100 letters, digits, and _ . / : -";
}

export function createRequest(draft: EndpointDraft): CreateEndpoint {
  return {
    title: draft.title.trim(),
    system_id: draft.systemId,
    function: draft.function.trim(),
    trigger: triggerOf(draft),
    environment: draft.environment,
    key_id: draft.key === "" ? null : draft.key,
    organization: draft.organization === "" ? null : draft.organization,
    settings: JSON.parse(draft.settings) as CreateEndpoint["settings"],
    active: draft.active,
  };
}

/** What differs from what is stored, and no more: settings that nobody touched are not written anew. */
export function updateRequest(kind: Kind, draft: EndpointDraft, start: Endpoint): UpdateEndpoint {
  const before = draftOf(kind, start);
  const [was, is] = [createRequest(before), createRequest(draft)];
  const members = Object.keys(is) as (keyof CreateEndpoint)[];
  const changed = members.filter((member) =>
    member === "settings" ? draft.settings !== before.settings : !isSame(was[member], is[member]),
  );
  return Object.fromEntries(changed.map((member) => [member, is[member]]));
}

function triggerOf({ trigger, cron }: EndpointDraft): CreateEndpoint["trigger"] {
  // The form offers no other words.
  return { type: trigger as CreateEndpoint["trigger"]["type"], cron: trigger === "scheduled" ? cron.trim() : null };
}

export function chosenKey(draft: EndpointDraft, titleOf: (id: string) => string): ChosenKey | null {
  return draft.key === "" ? null : { value: draft.key, label: titleOf(draft.key) };
}
