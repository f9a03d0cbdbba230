import ColumnLayout from "@cloudscape-design/components/column-layout";
import { FieldControl } from "./field-control";
import { useForm } from "./form-state";
import type { EntryDraft } from "./state";
import { shownFields } from "./template";

/** The fields of the template, for one entry. */
export function EntryFields({ entry }: { entry: EntryDraft }) {
  const { system, draft } = useForm();
  return (
    <ColumnLayout columns={1}>
      {shownFields(system, draft.auth, entry.fields).map((field) => (
        <FieldControl key={field.id} field={field} entry={entry} />
      ))}
    </ColumnLayout>
  );
}
