import Box from "@cloudscape-design/components/box";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { JsonEditor } from "../../json/editor";
import { placeOf, type TextError } from "../../json/place";
import { guideOf } from "../../systems/about";
import { FormSection } from "../../ui/form-section";
import { sentence } from "../../ui/sentence";
import { CredentialsForm } from "./credentials-form";
import { GuideLink } from "./field-control";
import { useForm } from "./form-state";
import { nameAt } from "./names";
import type { KeyFormState, Mode } from "./use-key-form";

/** The credentials, as the system's template has them: as input boxes or as JSON, which are two views of the same. */
export function CredentialsSection({ form }: { form: KeyFormState }) {
  const { system, draft, wording } = useForm();
  return (
    <FormSection
      name={wording === "key" ? "Credentials" : "Authentication"}
      actions={
        <SegmentedControl
          label="How to fill in the credentials"
          selectedId={form.mode}
          options={MODES}
          onChange={({ detail }) => form.turnTo(detail.selectedId as Mode)}
        />
      }
    >
      <SpaceBetween size="l">
        <Box color="text-body-secondary">
          {system.guide} <GuideLink href={system.guide_url} name={system.name} text="How to obtain them" />{" "}
          <GuideLink href={`#${guideOf(system.system_id)}`} name={system.name} text="What each field is" />
        </Box>
        {form.mode === "form" ? (
          <CredentialsForm />
        ) : (
          <JsonEditor
            label="Credentials as JSON"
            description={HOW_TO_EDIT}
            text={form.text}
            errors={textErrors(form, (path) => nameAt(system, draft, wording, path))}
            onChange={form.write}
          />
        )}
      </SpaceBetween>
    </FormSection>
  );
}

/** What is wrong with the text itself at once; what is wrong with the values when somebody tried to go on. */
function textErrors(form: KeyFormState, nameOf: (path: string) => string | null): TextError[] {
  const { reading, wrong, trouble, isTried, text } = form;
  const unread = reading?.errors ?? [];
  if (unread.length > 0) return [...unread];
  const told = [...(isTried ? wrong : []), ...(trouble?.problem.errors ?? [])];
  const inText = told.filter(({ field }) => /^(auth|base_url|headers|organization_specific|entries)/.test(field));
  const once = inText.filter(
    ({ field, reason }, index) =>
      inText.findIndex((other) => other.field === field && other.reason === reason) === index,
  );
  return once.map(({ field, reason }) => ({
    path: field,
    reason: sentence(nameOf(field) ?? field, reason),
    ...placeOf(text, field),
  }));
}

const HOW_TO_EDIT =
  'The names are fixed: fill in the values to the right of them. { "hashed": … } keeps a stored secret; a text in its place becomes the new one. Secrets that you type can be read here until you save.';
const MODES = [
  { id: "form", text: "Form" },
  { id: "json", text: "JSON" },
];
