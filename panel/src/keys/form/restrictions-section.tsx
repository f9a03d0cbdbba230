import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";

import { controlId } from "../../ui/field-ids";
import { FormSection } from "../../ui/form-section";
import { FieldLabel } from "./field-control";
import { useForm } from "./form-state";
import { hasRequests } from "./template";

const [METHODS, PATHS] = ["restrictions.methods", "restrictions.paths"] as const;

/** Which requests the key may be used for, where its system has requests. */
export function RestrictionsSection() {
  const { system, draft, wording, change, errorAt } = useForm();
  if (!hasRequests(system) || wording !== "key") return null;
  return (
    <FormSection name="Restrictions">
      <SpaceBetween size="l">
        <FormField
          label={<FieldLabel name="Allowed methods" isOptional />}
          description="The key can be used for these methods only. Leave it empty to allow all of them."
          constraintText="Names with commas between them, such as GET, HEAD."
          controlId={controlId(METHODS)}
          errorText={errorAt(METHODS, "Allowed methods")}
        >
          <Input
            value={draft.methods}
            placeholder="GET, HEAD"
            autoComplete={false}
            spellcheck={false}
            onChange={({ detail }) => change({ ...draft, methods: detail.value }, METHODS)}
          />
        </FormField>
        <FormField
          label={<FieldLabel name="Allowed paths" isOptional />}
          description="The key can be used for these paths and what lies below them. Leave it empty to allow all of them."
          constraintText="One in each line, from the host on: with the path of the base URL, such as /api/orders."
          controlId={controlId(PATHS)}
          errorText={errorAt(PATHS, "Allowed paths")}
        >
          <Textarea
            value={draft.paths}
            placeholder="/api/orders"
            rows={3}
            autoComplete={false}
            spellcheck={false}
            onChange={({ detail }) => change({ ...draft, paths: detail.value }, PATHS)}
          />
        </FormField>
      </SpaceBetween>
    </FormSection>
  );
}
