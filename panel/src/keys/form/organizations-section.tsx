import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { type Organization, useOrganizations } from "../../account/queries";
import { controlId, focusControl } from "../../ui/field-ids";
import { entriesOf, newRowId } from "./draft";
import { EntryFields } from "./entry-fields";
import { useForm } from "./form-state";
import { MOST_ORGANIZATIONS } from "./rules";
import type { Draft, EntryDraft } from "./state";

/** A row for an organization that is still to be chosen. */
export function withAnotherOrganization(draft: Draft): Draft {
  return { ...draft, organizations: [...draft.organizations, { rowId: newRowId(), organization: "", fields: {} }] };
}

/** The credentials of each organization, one entry for each. */
export function OrganizationsSection() {
  const { draft, change, errorAt } = useForm();
  const { organizations, isPending } = useOrganizations();
  const entries = entriesOf(draft);
  const add = () => {
    const next = withAnotherOrganization(draft);
    change(next, "entries");
    focusControl(`entries.${next.organizations.at(-1)?.rowId ?? ""}`);
  };
  const remove = (rowId: string) => {
    change({ ...draft, organizations: draft.organizations.filter((entry) => entry.rowId !== rowId) }, "entries");
    focusControl("entries");
  };
  return (
    <SpaceBetween size="l">
      {entries.map((entry) => (
        <div key={entry.rowId} role="group" aria-label={`Organization ${entry.name || "to be chosen"}`}>
          <SpaceBetween size="m">
            <OrganizationRow
              entry={entry}
              organizations={organizations}
              isPending={isPending}
              onRemove={() => remove(entry.rowId)}
            />
            <EntryFields entry={entry} />
          </SpaceBetween>
        </div>
      ))}
      <FormField errorText={errorAt("entries", "The key")}>
        <Button
          nativeButtonAttributes={{ id: controlId("entries") }}
          disabled={entries.length >= MOST_ORGANIZATIONS}
          disabledReason={`A key holds credentials of at most ${MOST_ORGANIZATIONS} organizations.`}
          onClick={add}
        >
          Add Organization Credential
        </Button>
      </FormField>
    </SpaceBetween>
  );
}

interface OrganizationRowProps {
  entry: EntryDraft;
  organizations: readonly Organization[];
  isPending: boolean;
  onRemove: () => void;
}

/** Which organization, and the way to remove it to the right. */
function OrganizationRow({ entry, organizations, isPending, onRemove }: OrganizationRowProps) {
  const { draft, change, leave, errorAt } = useForm();
  const isListed = organizations.some(({ organization_id }) => organization_id === entry.name);
  const [isTyped, setTyped] = useState(false);
  const taken = new Set(
    draft.organizations.filter(({ rowId }) => rowId !== entry.rowId).map(({ organization }) => organization),
  );
  const options = organizations
    .filter(({ organization_id }) => !taken.has(organization_id))
    .map(({ organization_id, title }) => ({ value: organization_id, label: title, description: organization_id }));
  const choose = (organization: string) => {
    const changed = draft.organizations.map((other) =>
      other.rowId === entry.rowId ? { ...other, organization } : other,
    );
    change({ ...draft, organizations: changed }, `entries.${organization || entry.rowId}`);
  };
  const typing =
    isTyped || (!isPending && organizations.length === 0) || (entry.name !== "" && !isListed && !isPending);
  return (
    <div style={{ display: "flex", gap: "8px", alignItems: "flex-start", flexWrap: "wrap" }}>
      <div style={{ flex: "1 1 220px", maxWidth: "660px" }}>
        <FormField
          stretch
          label="Organization"
          controlId={controlId(entry.path)}
          errorText={errorAt(entry.path, "Organization")}
        >
          {typing ? (
            <Input
              value={entry.name}
              placeholder="org_1"
              autoComplete={false}
              onBlur={() => entry.name !== "" && leave(entry.path)}
              onChange={({ detail }) => choose(detail.value)}
            />
          ) : (
            <Select
              options={[...options, TYPE_IT]}
              filteringType={options.length > 8 ? "auto" : "none"}
              filteringAriaLabel="Find an organization"
              statusType={isPending ? "loading" : "finished"}
              loadingText="Loading organizations"
              placeholder="Choose an organization"
              selectedOption={options.find(({ value }) => value === entry.name) ?? null}
              onChange={({ detail }) => {
                if (detail.selectedOption.value !== TYPE_IT.value) return choose(detail.selectedOption.value ?? "");
                setTyped(true);
                focusControl(entry.path);
              }}
            />
          )}
        </FormField>
      </div>
      <Box padding={{ top: "xl" }}>
        <Button ariaLabel={`Remove Organization ${entry.name}`.trim()} onClick={onRemove}>
          Remove Organization
        </Button>
      </Box>
    </div>
  );
}

const TYPE_IT = { value: "", label: "Another one…", description: "Type its id" };
