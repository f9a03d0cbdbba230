import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";

import { controlId, focusControl } from "../../ui/field-ids";
import { entriesOf } from "./draft";
import { EntryFields } from "./entry-fields";
import { FieldLabel } from "./field-control";
import { useForm } from "./form-state";
import { FreshAlert } from "./fresh-alert";
import { HeadersSection } from "./headers-section";
import { maybeLedElsewhere } from "./needed";
import { OrganizationsSection, withAnotherOrganization } from "./organizations-section";
import { hasTypedAddress, variantOf } from "./template";

/** The credentials as input boxes, in the order in which people have them at hand. */
export function CredentialsForm() {
  const { system, start, draft, wording } = useForm();
  const moving = maybeLedElsewhere(start, system, draft);
  const [only] = entriesOf(draft);
  const headers = system.headers.allowed && (
    <Part name="Headers" help="These headers are sent with every request. Enter credentials under authentication.">
      <HeadersSection />
    </Part>
  );
  const secrets = (
    <Part name={wording === "key" ? "Authentication" : "Authentication Data"}>
      <SpaceBetween size="l">
        <AuthType />
        {moving.length > 0 && (
          <Alert type="info">
            {moving.join(", ")} {moving.length > 1 ? "have" : "has"} changed. If requests go to another server now, you
            will be asked for the secrets again.
          </Alert>
        )}
        {draft.organizationSpecific ? <OrganizationsSection /> : only !== undefined && <EntryFields entry={only} />}
      </SpaceBetween>
    </Part>
  );
  return (
    <SpaceBetween size="l">
      {hasTypedAddress(system) && <BaseUrl />}
      <FreshAlert />
      <OrganizationSwitch />
      {wording === "credential" ? headers : secrets}
      {wording === "credential" ? secrets : headers}
    </SpaceBetween>
  );
}

function Part({ name, help, children }: { name: string; help?: string; children: React.ReactNode }) {
  return (
    <section aria-label={name}>
      <SpaceBetween size="s">
        <div>
          <Box variant="h3" padding="n">
            {name}
          </Box>
          {help !== undefined && (
            <Box color="text-body-secondary" fontSize="body-s">
              {help}
            </Box>
          )}
        </div>
        {children}
      </SpaceBetween>
    </section>
  );
}

function BaseUrl() {
  const { system, draft, needed, change, leave, errorAt } = useForm();
  const { rule, help, example } = system.base_url;
  const isMoved = [...needed.values()].includes("the base URL leads to another server");
  return (
    <FormField
      label={<FieldLabel name="Base URL" isOptional={rule === "overridable"} />}
      description={help}
      controlId={controlId("base_url")}
      constraintText={rule === "overridable" ? "When left empty, it follows from the other fields." : undefined}
      warningText={isMoved ? "This is another server, so enter the secrets again." : undefined}
      errorText={errorAt("base_url", "Base URL")}
    >
      <Input
        value={draft.baseUrl}
        placeholder={example ?? ""}
        inputMode="url"
        autoComplete={false}
        spellcheck={false}
        onBlur={() => draft.baseUrl !== "" && leave("base_url")}
        onChange={({ detail }) => change({ ...draft, baseUrl: detail.value }, "base_url")}
      />
    </FormField>
  );
}

/** Which of several ways to authenticate. Where there is one only, nothing is asked. */
function AuthType() {
  const { system, draft, change, errorAt } = useForm();
  if (system.auth.length < 2) return null;
  const options = system.auth.map(({ id, label, help }) => ({ value: id, label, description: help }));
  return (
    <FormField
      label="Authentication type"
      description={variantOf(system, draft.auth)?.help}
      controlId={controlId("auth")}
      errorText={errorAt("auth", "Authentication type")}
    >
      <Select
        options={options}
        selectedOption={options.find(({ value }) => value === draft.auth) ?? null}
        onChange={({ detail }) => change({ ...draft, auth: detail.selectedOption.value ?? "" }, "auth")}
      />
    </FormField>
  );
}

const REPLACED = "When you save, the credentials that you enter here replace the stored ones.";

function OrganizationSwitch() {
  const { start, draft, wording, change, errorAt } = useForm();
  const replaced = start === null || start.organization_specific === draft.organizationSpecific ? undefined : REPLACED;
  const turn = (organizationSpecific: boolean) => {
    const next = { ...draft, organizationSpecific };
    const filled = organizationSpecific && next.organizations.length === 0 ? withAnotherOrganization(next) : next;
    change(filled, "organization_specific");
    const [first] = filled.organizations;
    if (organizationSpecific && first?.organization === "") focusControl(`entries.${first.rowId}`);
  };
  return (
    <FormField warningText={replaced} errorText={errorAt("organization_specific", "Organization-specific")}>
      <Toggle
        controlId={controlId("organization_specific")}
        checked={draft.organizationSpecific}
        description={`Each organization has credentials of its own in this one ${wording}. An organization without any is refused.`}
        onChange={({ detail }) => turn(detail.checked)}
      >
        {wording === "key" ? "Organization-specific" : "Org. Specific Authentication"}
      </Toggle>
    </FormField>
  );
}
