import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";

import { AppControl } from "../../connect/app-control";
import { connectsOf } from "../../connect/queries";
import { controlId, focusControl } from "../../ui/field-ids";
import { isMark, withFields } from "./draft";
import { useForm } from "./form-state";
import { HostKey } from "./host-key";
import { withValue } from "./ports";
import { SecretControl } from "./secret-control";
import type { EntryDraft, Value } from "./state";
import type { FieldTemplate } from "./template";

/** One field of the template, in one entry. */
export function FieldControl({ field, entry }: { field: FieldTemplate; entry: EntryDraft }) {
  const { system, draft, start, needed, change, leave, errorAt } = useForm();
  const path = `${entry.path}.fields.${field.id}`;
  const value = entry.fields[field.id];
  const stored = start?.entries[entry.name]?.fields[field.id];
  const why = needed.get(path);
  const set = (value: Value) =>
    change(withFields(draft, entry.rowId, withValue(system, entry.fields, field.id, value)), path);
  const onBlur = () => {
    // Somebody who only passes through an empty field is not done with it.
    if (value !== undefined && value !== "") leave(path);
  };
  const asksServer = system.kind === "sftp" && field.id === "host_key";
  const control = (
    <FormField
      controlId={controlId(path)}
      label={<FieldLabel name={field.label} isOptional={!isNeeded(field)} mayFollow={field.may_follow} />}
      info={field.guide_url != null && <GuideLink href={field.guide_url} name={field.label} />}
      description={field.help}
      constraintText={constraint(field)}
      warningText={why !== undefined && value !== "" && isMark(value) ? `Needed again, since ${why}.` : undefined}
      errorText={errorAt(path, field.label)}
    >
      {field.secret ? (
        <SecretControl
          path={path}
          label={nameIn(field.label, entry.name)}
          value={value}
          stored={isMark(stored) ? stored : null}
          isNeeded={why !== undefined}
          isOptional={!field.required}
          severalLines={field.kind === "multiline"}
          example={field.example ?? ""}
          onChange={set}
          onBlur={onBlur}
        />
      ) : connectsOf(system, draft.auth)?.app_field === field.id ? (
        <AppControl
          system={system}
          auth={draft.auth}
          environment={draft.environment}
          value={typeof value === "string" ? value : ""}
          onChange={set}
        />
      ) : (
        <PublicControl
          field={field}
          value={typeof value === "string" ? value : (field.default ?? "")}
          onChange={set}
          onBlur={onBlur}
        />
      )}
    </FormField>
  );
  if (!asksServer) return control;
  return (
    <SpaceBetween size="xs">
      {control}
      <HostKey
        fields={entry.fields}
        environment={draft.environment}
        onUse={(fingerprint) => {
          set(fingerprint);
          focusControl(path);
        }}
      />
    </SpaceBetween>
  );
}

interface PublicControlProps {
  field: FieldTemplate;
  value: string;
  onChange: (value: string) => void;
  onBlur: () => void;
}

function PublicControl({ field, value, onChange, onBlur }: PublicControlProps) {
  const typed = {
    value,
    placeholder: field.example ?? "",
    onBlur,
    onChange: ({ detail }: { detail: { value: string } }) => onChange(detail.value),
  };
  switch (field.kind) {
    case "choice":
      return (
        <Select
          options={field.choices}
          selectedOption={field.choices.find((choice) => choice.value === value) ?? null}
          placeholder="Choose"
          onBlur={onBlur}
          onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
        />
      );
    case "multiline":
      return <Textarea {...typed} rows={6} autoComplete={false} spellcheck={false} />;
    default:
      return (
        <Input
          {...typed}
          inputMode={field.kind === "number" || field.kind === "port" ? "numeric" : "text"}
          autoComplete={false}
          spellcheck={false}
        />
      );
  }
}

interface FieldLabelProps {
  name: string;
  isOptional: boolean;
  /** Whether the key is of no use without it, although it can be stored without. */
  mayFollow?: boolean;
}

/** A field's name, with what Cloudscape's forms say of optional ones. */
export function FieldLabel({ name, isOptional, mayFollow = false }: FieldLabelProps) {
  if (!isOptional) return name;
  return (
    <>
      {name} <i>- {mayFollow ? "needed to log in" : "optional"}</i>
    </>
  );
}

export function GuideLink({ href, name, text = "Guide" }: { href: string; name: string; text?: string }) {
  return (
    <Link
      href={href}
      variant="info"
      external
      externalIconAriaLabel="opens in a new tab"
      ariaLabel={`${text}: ${name} (opens in a new tab)`}
    >
      {text}
    </Link>
  );
}

function isNeeded(field: FieldTemplate): boolean {
  return field.required || field.kind === "choice";
}

function constraint(field: FieldTemplate): string | undefined {
  if (field.kind === "choice" || field.default == null) return undefined;
  return `${field.default} when left empty.`;
}

/** Which of several entries an action is about. */
function nameIn(label: string, entry: string): string {
  return entry === "default" || entry === "" ? label : `${label} of ${entry}`;
}
