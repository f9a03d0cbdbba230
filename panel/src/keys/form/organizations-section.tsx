import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { type Organization, useOrganizations } from "../../account/queries";
import { controlId, focusControl } from "../../ui/field-ids";
import { withCopied } from "./copied";
import { entriesOf, newRowId } from "./draft";
import { EntryFields } from "./entry-fields";
import { useForm } from "./form-state";
import { MOST_ORGANIZATIONS } from "./rules";
import type { Draft, EntryDraft } from "./state";
import { shownFields } from "./template";

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
  const boxes = useBoxes(entries);
  const titleOf = ({ name }: EntryDraft) => {
    const title = organizations.find(({ organization_id }) => organization_id === name)?.title;
    return title === undefined ? name || "To be chosen" : `${title} (${name})`;
  };
  const goTo = ({ rowId, path }: EntryDraft) => {
    boxes.set(rowId, true);
    focusControl(path);
  };
  return (
    <SpaceBetween size="l">
      {entries.length > FEW && (
        <nav aria-label="Organizations of this key">
          <SpaceBetween size="xs">
            <SpaceBetween direction="horizontal" size="s">
              <Box>{entries.length} organizations</Box>
              <Button variant="inline-link" onClick={() => boxes.setAll(true)}>
                Open all
              </Button>
              <Button variant="inline-link" onClick={() => boxes.setAll(false)}>
                Close all
              </Button>
            </SpaceBetween>
            <SpaceBetween direction="horizontal" size="s">
              {entries.map((entry) => (
                <Button
                  key={entry.rowId}
                  variant="inline-link"
                  ariaLabel={`Go to ${titleOf(entry)}`}
                  onClick={() => goTo(entry)}
                >
                  {titleOf(entry)}
                </Button>
              ))}
            </SpaceBetween>
          </SpaceBetween>
        </nav>
      )}
      {entries.map((entry) => (
        <div key={entry.rowId} role="group" aria-label={`Organization ${entry.name || "to be chosen"}`}>
          <ExpandableSection
            variant="container"
            headerText={titleOf(entry)}
            expanded={boxes.isOpen(entry)}
            onChange={({ detail }) => boxes.set(entry.rowId, detail.expanded)}
          >
            <SpaceBetween size="m">
              <OrganizationRow
                entry={entry}
                organizations={organizations}
                isPending={isPending}
                onRemove={() => remove(entry.rowId)}
              />
              <CopyFrom entry={entry} entries={entries} titleOf={titleOf} />
              <EntryFields entry={entry} />
            </SpaceBetween>
          </ExpandableSection>
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

/** So many boxes are all open at first. */
const FEW = 3;

/** Which boxes are open. One with an error cannot be closed: what is listed as wrong must be there to go to. */
function useBoxes(entries: readonly EntryDraft[]) {
  const { system, draft, errorAt } = useForm();
  const [opened, setOpened] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [atFirst] = useState(() => new Set(entries.length > FEW ? entries.map(({ rowId }) => rowId) : []));
  const hasError = ({ path, fields }: EntryDraft) =>
    errorAt(path, "") !== undefined ||
    shownFields(system, draft.auth, fields).some(({ id }) => errorAt(`${path}.fields.${id}`, "") !== undefined);
  return {
    isOpen: (entry: EntryDraft) => hasError(entry) || (opened.get(entry.rowId) ?? !atFirst.has(entry.rowId)),
    set: (rowId: string, isOpen: boolean) => setOpened((before) => new Map(before).set(rowId, isOpen)),
    setAll: (isOpen: boolean) => setOpened(new Map(entries.map(({ rowId }) => [rowId, isOpen]))),
  };
}

interface CopyFromProps {
  entry: EntryDraft;
  entries: readonly EntryDraft[];
  titleOf: (entry: EntryDraft) => string;
}

/** Copies what is not secret from another organization, where there is one. */
function CopyFrom({ entry, entries, titleOf }: CopyFromProps) {
  const { system, draft, change } = useForm();
  const others = entries.filter(({ rowId, name }) => rowId !== entry.rowId && name !== "");
  const hasPublic = shownFields(system, draft.auth, entry.fields).some(({ secret }) => !secret);
  if (others.length === 0 || !hasPublic) return null;
  return (
    <ButtonDropdown
      ariaLabel={`Copy all but secrets from another organization to ${titleOf(entry)}`}
      items={others.map((other) => ({ id: other.rowId, text: titleOf(other) }))}
      onItemClick={({ detail }) => {
        const from = others.find(({ rowId }) => rowId === detail.id);
        if (from !== undefined) change(withCopied(system, draft, from, entry), `${entry.path}.fields`);
      }}
    >
      Copy all but secrets from
    </ButtonDropdown>
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
  const isUnknown = typing && entry.name !== "" && !isListed && !isPending;
  return (
    <div style={{ display: "flex", gap: "8px", alignItems: "flex-start", flexWrap: "wrap" }}>
      <div style={{ flex: "1 1 220px", maxWidth: "660px" }}>
        <FormField
          stretch
          label="Organization"
          controlId={controlId(entry.path)}
          errorText={errorAt(entry.path, "Organization")}
          warningText={isUnknown ? "The account has no organization with this id." : undefined}
          secondaryControl={
            isTyped && organizations.length > 0 ? (
              <Button
                onClick={() => {
                  setTyped(false);
                  choose("");
                  focusControl(`entries.${entry.rowId}`);
                }}
              >
                Choose from the list
              </Button>
            ) : undefined
          }
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
              filteringClearAriaLabel="Clear the search"
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
