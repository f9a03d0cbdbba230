import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Grid from "@cloudscape-design/components/grid";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";

import { controlId, focusControl } from "../../ui/field-ids";
import { isMark, newRowId } from "./draft";
import { useForm } from "./form-state";
import { MOST_HEADERS } from "./rules";
import { SecretControl } from "./secret-control";
import type { HeaderDraft } from "./state";
import { isContentType } from "./template";

const CONTENT_TYPES: Record<string, string> = {
  "application/json": "JSON",
  "application/xml": "XML",
  "application/x-www-form-urlencoded": "Form (urlencoded)",
};

/** The headers that go with every request: Content-Type where it must be, and any others that somebody adds. */
export function HeadersSection() {
  const { system, draft, change, errorAt } = useForm();
  const { content_types: contentTypes } = system.headers;
  const required = contentTypes.length > 0 ? draft.headers.findIndex(({ name }) => isContentType(name)) : -1;
  const set = (index: number, header: Partial<HeaderDraft>, member: string) => {
    const headers = draft.headers.map((before, place) => (place === index ? { ...before, ...header } : before));
    change({ ...draft, headers }, `headers[${index}].${member}`);
  };
  const add = () => {
    change(
      { ...draft, headers: [...draft.headers, { rowId: newRowId(), name: "", value: "", secret: false }] },
      "headers",
    );
    focusControl(`headers[${draft.headers.length}].name`);
  };
  const remove = (index: number) => {
    change({ ...draft, headers: draft.headers.filter((_, place) => place !== index) }, "headers");
    focusControl("headers");
  };
  return (
    <SpaceBetween size="m">
      {required >= 0 && (
        <FormField
          label="Content-Type"
          description="What the bodies of requests are."
          controlId={controlId(`headers[${required}].value`)}
          errorText={errorAt(`headers[${required}].value`, "Content-Type")}
        >
          <Select
            options={contentTypes.map(contentTypeOption)}
            selectedOption={contentTypeOption(String(draft.headers[required]?.value))}
            onChange={({ detail }) => set(required, { value: detail.selectedOption.value ?? "" }, "value")}
          />
        </FormField>
      )}
      {draft.headers.map((header, index) =>
        index === required ? null : (
          <HeaderRow
            key={header.rowId}
            index={index}
            header={header}
            onChange={(edit, member) => set(index, edit, member)}
            onRemove={() => remove(index)}
          />
        ),
      )}
      <Button
        nativeButtonAttributes={{ id: controlId("headers") }}
        disabled={draft.headers.length >= MOST_HEADERS}
        disabledReason={`A key holds at most ${MOST_HEADERS} headers.`}
        onClick={add}
      >
        + Header
      </Button>
    </SpaceBetween>
  );
}

interface HeaderRowProps {
  index: number;
  header: HeaderDraft;
  onChange: (edit: Partial<HeaderDraft>, member: string) => void;
  onRemove: () => void;
}

function HeaderRow({ index, header, onChange, onRemove }: HeaderRowProps) {
  const { start, needed, leave, errorAt } = useForm();
  const [namePath, valuePath] = [`headers[${index}].name`, `headers[${index}].value`];
  const stored = start?.headers.find(({ name }) => name.toLowerCase() === header.name.toLowerCase())?.value;
  const called = header.name === "" ? `header ${index + 1}` : header.name;
  const why = needed.get(valuePath);
  return (
    <div role="group" aria-label={`Header ${header.name === "" ? index + 1 : header.name}`}>
      <Grid
        gridDefinition={[
          { colspan: { default: 12, xs: 4 } },
          { colspan: { default: 12, xs: 5 } },
          { colspan: { default: 8, xs: 2 } },
          { colspan: { default: 4, xs: 1 } },
        ]}
      >
        <FormField label="Name" controlId={controlId(namePath)} errorText={errorAt(namePath, "Name")}>
          <Input
            value={header.name}
            placeholder="X-Tenant"
            autoComplete={false}
            spellcheck={false}
            onBlur={() => header.name !== "" && leave(namePath)}
            onChange={({ detail }) => onChange({ name: detail.value }, "name")}
          />
        </FormField>
        <FormField
          label="Value"
          controlId={controlId(valuePath)}
          warningText={why !== undefined && isMark(header.value) ? `Needed again, since ${why}.` : undefined}
          errorText={errorAt(valuePath, "Value")}
        >
          {header.secret ? (
            <SecretControl
              path={valuePath}
              label={`value of ${called}`}
              value={header.value}
              stored={isMark(stored) ? stored : null}
              isNeeded={why !== undefined}
              isOptional={false}
              onChange={(value) => onChange({ value: value ?? "" }, "value")}
              onBlur={() => header.value !== "" && leave(valuePath)}
            />
          ) : (
            <Input
              value={isMark(header.value) ? "" : header.value}
              autoComplete={false}
              spellcheck={false}
              onBlur={() => header.value !== "" && leave(valuePath)}
              onChange={({ detail }) => onChange({ value: detail.value }, "value")}
            />
          )}
        </FormField>
        <FormField label="Secret">
          <Toggle
            checked={header.secret}
            // A stored secret never turns into something that is shown: its value has to be typed then.
            onChange={({ detail }) =>
              onChange({ secret: detail.checked, value: isMark(header.value) ? "" : header.value }, "value")
            }
          />
        </FormField>
        <FormField label={<span aria-hidden="true">&nbsp;</span>}>
          <Button iconName="close" variant="icon" ariaLabel={`Remove ${called}`} onClick={onRemove} />
        </FormField>
      </Grid>
    </div>
  );
}

function contentTypeOption(value: string) {
  const label = CONTENT_TYPES[value];
  return { value, label: label ?? value, description: label === undefined ? undefined : value };
}
