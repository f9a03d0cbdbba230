import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { controlId } from "../../ui/field-ids";
import { FormSection } from "../../ui/form-section";
import { EnvironmentLabel } from "../../ui/labels";
import { TitleField } from "../../ui/title-field";
import { ExpiryField } from "./expiry-field";
import type { Wording } from "./form-state";
import { useSameTitle } from "./same-title";
import { SystemField } from "./system-field";
import type { KeyFormState } from "./use-key-form";

interface BasicsProps {
  form: KeyFormState;
  wording: Wording;
  /** Whether the system is given and not for people to choose. */
  isFixed: boolean;
}

/** What a key is called, which system it is for, and where it may be used. */
export function BasicsSection({ form, wording, isFixed }: BasicsProps) {
  const { draft, change, leave, errorAt } = form;
  const sameTitle = useSameTitle(form);
  const titleName = wording === "key" ? "Title" : "Name";
  return (
    <FormSection name={wording === "key" ? "Key" : "Credential"}>
      <SpaceBetween size="l">
        {!isFixed && <SystemField form={form} />}
        <TitleField
          label={titleName}
          info={<EnvironmentLabel environment={draft.environment} />}
          description={
            wording === "key"
              ? "How people tell it apart, such as Live UK Shopify."
              : "Something simple that names the integration."
          }
          value={draft.title}
          warningText={sameTitle}
          errorText={errorAt("title", titleName)}
          onLeave={() => draft.title !== "" && leave("title")}
          onChange={(title) => change({ ...draft, title }, "title")}
        />
        <EnvironmentField form={form} wording={wording} />
        <ExpiryField form={form} />
      </SpaceBetween>
    </FormSection>
  );
}

function EnvironmentField({ form, wording }: { form: KeyFormState; wording: Wording }) {
  const { draft, start, change, errorAt } = form;
  const set = (environment: string) =>
    change({ ...draft, environment: environment === "test" ? "test" : "live" }, "environment");
  const isUsed = (start?.active_uses ?? 0) > 0;
  const error = errorAt("environment", "Environment");
  if (wording === "credential") {
    return (
      <FormField errorText={error}>
        <Toggle
          controlId={controlId("environment")}
          checked={draft.environment === "test"}
          disabled={isUsed}
          description={
            isUsed
              ? inUse(wording)
              : "Used in testing environments only. When this is off, it is used in production only."
          }
          onChange={({ detail }) => set(detail.checked ? "test" : "live")}
        >
          Test credentials
        </Toggle>
      </FormField>
    );
  }
  return (
    <FormField label="Environment" description={isUsed ? inUse(wording) : undefined} errorText={error}>
      <RadioGroup
        ariaLabel="Environment"
        value={draft.environment}
        items={ENVIRONMENTS.map((item) => ({ ...item, disabled: isUsed }))}
        onChange={({ detail }) => set(detail.value)}
      />
    </FormField>
  );
}

const inUse = (wording: Wording) => `This ${wording} is in use, so this cannot be changed.`;

const ENVIRONMENTS = [
  { value: "live", label: "Live", description: "For production. Nothing that runs in a test environment can use it." },
  { value: "test", label: "Test", description: "Carries the label “test”, and is used in test environments only." },
];
