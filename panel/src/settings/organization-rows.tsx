import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Grid from "@cloudscape-design/components/grid";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { controlId, focusControl } from "../ui/field-ids";
import { idFromTitle, MOST_ORGANIZATIONS, type OrganizationDraft } from "./account-draft";
import type { AccountFormState } from "./account-state";

const COLUMNS = [
  { colspan: { default: 12, xs: 4 } },
  { colspan: { default: 12, xs: 5 } },
  { colspan: { default: 12, xs: 3 } },
];

/** The organizations, each with its id and title. */
export function OrganizationRows({ form }: { form: AccountFormState }) {
  const { organizations } = form.draft;
  const { change, errorAt } = form;
  const set = (index: number, edit: Partial<OrganizationDraft>, path: string) => {
    change(
      { organizations: organizations.map((before, place) => (place === index ? { ...before, ...edit } : before)) },
      path,
    );
  };
  const add = () => {
    change({ organizations: [...organizations, { rowId: crypto.randomUUID(), id: "org_", title: "" }] });
    focusControl(`organizations[${organizations.length}].organization_id`);
  };
  const remove = (index: number) => {
    change({ organizations: organizations.filter((_, place) => place !== index) });
    focusControl("organizations");
  };
  return (
    <SpaceBetween size="m">
      {organizations.map(({ rowId, id, title }, index) => {
        // A stored one is called by its id here.
        const isNew = !rowId.startsWith("org_");
        const [idPath, titlePath] = [`organizations[${index}].organization_id`, `organizations[${index}].title`];
        return (
          <div key={rowId} role="group" aria-label={`Organization ${title || index + 1}`}>
            <Grid gridDefinition={COLUMNS}>
              <FormField label="Id" controlId={controlId(idPath)} errorText={errorAt(idPath)}>
                <Input
                  value={id}
                  autoComplete={false}
                  spellcheck={false}
                  onChange={({ detail }) => set(index, { id: detail.value.trim() }, idPath)}
                />
              </FormField>
              <FormField label="Title" controlId={controlId(titlePath)} errorText={errorAt(titlePath)}>
                <Input
                  value={title}
                  autoComplete={false}
                  onChange={({ detail }) => {
                    const follows = isNew && id === idFromTitle(title);
                    set(index, { title: detail.value, ...(follows && { id: idFromTitle(detail.value) }) }, titlePath);
                  }}
                />
              </FormField>
              <Box padding={{ top: "xl" }}>
                <Button ariaLabel={`Remove organization ${title || index + 1}`} onClick={() => remove(index)}>
                  Remove
                </Button>
              </Box>
            </Grid>
          </div>
        );
      })}
      <FormField errorText={errorAt("organizations")}>
        <Button
          nativeButtonAttributes={{ id: controlId("organizations") }}
          disabled={organizations.length >= MOST_ORGANIZATIONS}
          disabledReason={`An account has at most ${MOST_ORGANIZATIONS} organizations.`}
          onClick={add}
        >
          Add organization
        </Button>
      </FormField>
    </SpaceBetween>
  );
}
