import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import Toggle from "@cloudscape-design/components/toggle";

import { controlId } from "../../ui/field-ids";
import { FormSection } from "../../ui/form-section";
import { NEW_CHECK } from "./draft";
import { FieldLabel } from "./field-control";
import { useForm } from "./form-state";
import type { CheckDraft } from "./state";
import { takesCheck } from "./template";

const METHODS = [
  { value: "GET", label: "GET" },
  { value: "POST", label: "POST" },
];

const EXPECTATIONS = [
  { value: "anything", label: "Nothing in particular" },
  { value: "text", label: "A text" },
  { value: "json", label: "A value in JSON" },
];

/** How the key is tried, where its system's template has no check. */
export function CheckSection() {
  const { system, draft, wording, change } = useForm();
  if (!takesCheck(system, draft.auth) || wording !== "key") return null;
  const { check } = draft;
  return (
    <FormSection name="Check">
      <SpaceBetween size="l">
        <Toggle
          checked={check !== null}
          description="A test sends this request without the credentials and with them. It passes if the system refuses the first and answers the second as you describe it here."
          onChange={({ detail }) => change({ ...draft, check: detail.checked ? NEW_CHECK : null }, "check")}
        >
          The key has a check of its own
        </Toggle>
        {check !== null && <CheckFields check={check} />}
      </SpaceBetween>
    </FormSection>
  );
}

function CheckFields({ check }: { check: CheckDraft }) {
  const { draft, change, errorAt } = useForm();
  const edit = (path: string, edited: Partial<CheckDraft>) =>
    change({ ...draft, check: { ...check, ...edited } }, path);
  return (
    <SpaceBetween size="l">
      <FormField
        label="Method of the check"
        description="The request must change nothing: it is sent twice in each test."
        controlId={controlId("check.method")}
        errorText={errorAt("check.method", "Method of the check")}
      >
        <Select
          options={METHODS}
          selectedOption={METHODS.find(({ value }) => value === check.method) ?? null}
          onChange={({ detail }) =>
            edit("check.method", { method: detail.selectedOption.value === "POST" ? "POST" : "GET" })
          }
        />
      </FormField>
      <TextField
        path="check.path"
        label="Path of the check"
        description="Added to the base URL. Choose one that only answers requests with valid credentials."
        placeholder="/me"
        value={check.path}
        onChange={(path) => edit("check.path", { path })}
      />
      {check.method === "POST" && (
        <>
          <FormField
            label={<FieldLabel name="Body of the check" isOptional />}
            description="Sent as the key’s Content-Type says. Everybody who may read the key sees it."
            controlId={controlId("check.body")}
            errorText={errorAt("check.body", "Body of the check")}
          >
            <Textarea
              value={check.body}
              rows={3}
              autoComplete={false}
              spellcheck={false}
              onChange={({ detail }) => edit("check.body", { body: detail.value })}
            />
          </FormField>
          <FormField errorText={errorAt("check.changes_nothing", "That it changes nothing")}>
            <Checkbox
              controlId={controlId("check.changes_nothing")}
              checked={check.changesNothing}
              onChange={({ detail }) => edit("check.changes_nothing", { changesNothing: detail.checked })}
            >
              This POST changes nothing at the system
            </Checkbox>
          </FormField>
        </>
      )}
      <TextField
        path="check.status"
        label="Expected status"
        description="The status of the answer to credentials that are accepted."
        placeholder="200"
        value={check.status}
        onChange={(status) => edit("check.status", { status })}
      />
      <FormField
        label="What the answer has"
        description="A text or value that is only there when the credentials are accepted makes the test surer."
        controlId={controlId("check.json")}
        errorText={errorAt("check.json", "Expected value")}
      >
        <Select
          options={EXPECTATIONS}
          selectedOption={EXPECTATIONS.find(({ value }) => value === check.expects) ?? null}
          onChange={({ detail }) =>
            edit("check.json", { expects: (detail.selectedOption.value ?? "anything") as CheckDraft["expects"] })
          }
        />
      </FormField>
      {check.expects === "text" && (
        <TextField
          path="check.text"
          label="Expected text"
          description="Upper and lower case count."
          placeholder="&quot;account&quot;"
          value={check.text}
          onChange={(text) => edit("check.text", { text })}
        />
      )}
      {check.expects === "json" && (
        <>
          <TextField
            path="check.json.pointer"
            label="Place of the expected value"
            description="A JSON pointer: the names of the members with slashes before them."
            placeholder="/account/status"
            value={check.pointer}
            onChange={(pointer) => edit("check.json.pointer", { pointer })}
          />
          <TextField
            path="check.json.value"
            label="Expected value"
            description="A text, a number, true, false or null. Put a text that looks like another value into quotation marks."
            placeholder="active"
            value={check.value}
            onChange={(value) => edit("check.json.value", { value })}
          />
        </>
      )}
    </SpaceBetween>
  );
}

interface TextFieldProps {
  path: string;
  label: string;
  description: string;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
}

function TextField({ path, label, description, placeholder, value, onChange }: TextFieldProps) {
  const { errorAt } = useForm();
  return (
    <FormField label={label} description={description} controlId={controlId(path)} errorText={errorAt(path, label)}>
      <Input
        value={value}
        placeholder={placeholder}
        autoComplete={false}
        spellcheck={false}
        onChange={({ detail }) => onChange(detail.value)}
      />
    </FormField>
  );
}
