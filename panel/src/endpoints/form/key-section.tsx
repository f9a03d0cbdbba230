import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { useOrganizations } from "../../account/queries";
import { KeyChoice } from "../../keys/key-choice";
import { useKey } from "../../keys/queries";
import { controlId } from "../../ui/field-ids";
import { FormSection } from "../../ui/form-section";
import type { Kind } from "../kinds";
import { useNamedKeys } from "../queries";
import { chosenKey } from "./draft";
import type { EndpointFormState } from "./state";

/** Which key it uses: one of its system and environment, and whose credentials of it. */
export function KeySection({ kind, form }: { kind: Kind; form: EndpointFormState }) {
  const { draft, change, errorAt } = form;
  const { titleOf, isGone } = useNamedKeys([draft.key === "" ? null : draft.key]);
  return (
    <FormSection name="Key">
      <SpaceBetween size="l">
        {draft.systemId === "" ? (
          <Alert type="info">Choose a system first: the keys of it, and of the environment, can be chosen then.</Alert>
        ) : (
          <FormField
            label="Key"
            description={`Keys of this system that are for ${draft.environment} use.`}
            controlId={controlId("key_id")}
            errorText={errorAt("key_id")}
            warningText={isGone(draft.key) ? "The key that was chosen is gone. Choose another one." : undefined}
          >
            <KeyChoice
              systemId={draft.systemId}
              environment={draft.environment}
              chosen={isGone(draft.key) ? null : chosenKey(draft, titleOf)}
              empty="There is no key of this system and environment yet."
              onChoose={({ value }) => change({ key: value, organization: "" }, "key_id", "organization")}
            />
          </FormField>
        )}
        {draft.key !== "" && <OrganizationField kind={kind} form={form} />}
        {draft.key !== "" && !draft.active && (
          <Button onClick={() => change({ key: "", organization: "" }, "key_id", "organization")}>Detach key</Button>
        )}
      </SpaceBetween>
    </FormSection>
  );
}

/** Whose credentials of an organization-specific key: one that has an entry in it. */
function OrganizationField({ kind, form }: { kind: Kind; form: EndpointFormState }) {
  const { draft, change, errorAt } = form;
  const key = useKey(draft.key);
  const { organizations } = useOrganizations();
  const isAsked =
    key.data?.organization_specific === true || draft.organization !== "" || errorAt("organization") !== undefined;
  if (!isAsked) return null;
  const names = Object.keys(key.data?.entries ?? {}).filter((name) => name !== "default");
  const options = names.map((name) => {
    const title = organizations.find(({ organization_id }) => organization_id === name)?.title;
    return title === undefined ? { value: name, label: name } : { value: name, label: title, description: name };
  });
  return (
    <FormField
      label="Organization"
      description={`Whose credentials of the key this ${kind} uses.`}
      controlId={controlId("organization")}
      errorText={errorAt("organization")}
    >
      <Select
        options={options}
        placeholder="Choose an organization"
        empty="The key has no credentials of an organization."
        selectedOption={options.find(({ value }) => value === draft.organization) ?? null}
        onChange={({ detail }) => change({ organization: detail.selectedOption.value ?? "" }, "organization")}
      />
    </FormField>
  );
}
