import type { System } from "../../systems/queries";
import { withFields } from "./draft";
import type { Draft, EntryDraft } from "./state";
import { type FieldTemplate, shownFields } from "./template";

/** The draft with the public values of one entry copied to another. Secrets are never copied: each organization has its own. */
export function withCopied(system: System, draft: Draft, from: EntryDraft, to: EntryDraft): Draft {
  const isCopied = ({ secret }: FieldTemplate) => !secret;
  const fields = shownFields(system, draft.auth, from.fields).filter(isCopied);
  const copied = Object.fromEntries(fields.map(({ id }) => [id, from.fields[id]]));
  return withFields(draft, to.rowId, { ...to.fields, ...copied });
}
