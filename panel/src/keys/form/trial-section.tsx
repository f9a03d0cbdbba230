import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import LiveRegion from "@cloudscape-design/components/live-region";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import type { Schemas } from "../../api/client";
import { controlId, focusControl } from "../../ui/field-ids";
import { FormSection } from "../../ui/form-section";
import { ProblemAlert } from "../../ui/problem-alert";
import { TrialOutcome } from "../trial-outcome";
import { TrialPath } from "../trial-path";
import { trialResult } from "../trial-results";
import { entriesOf, withFields } from "./draft";
import { useForm } from "./form-state";
import { nameAt } from "./names";
import type { KeyFormState } from "./use-key-form";
import { useTrial } from "./use-trial";

type Verification = Schemas["Verification"];

/** Tries what stands in the form against its system, before it is saved. Nothing is stored by it. */
export function TrialSection({ form }: { form: KeyFormState }) {
  const { system, draft, wording } = useForm();
  const [path, setPath] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const entries = entriesOf(draft).filter(({ name }) => name !== "");
  const entry = entries.find(({ rowId }) => rowId === chosen) ?? entries[0];
  const trial = useTrial(form);
  const options = entries.map(({ rowId, name }) => ({ value: rowId, label: name }));
  const asksForPath = system.system_id === "custom-http" && draft.check === null;
  const { outcome } = trial;
  return (
    <FormSection name="Test connection">
      <SpaceBetween size="m">
        <Box color="text-body-secondary">
          Signs in to {system.name} with what is filled in here, kept secrets included. Nothing is saved by it, and
          nothing is changed there.
        </Box>
        {draft.organizationSpecific && (
          <FormField label="Organization to test with">
            <Select
              options={options}
              placeholder="Choose an organization"
              selectedOption={options.find(({ value }) => value === entry?.rowId) ?? null}
              onChange={({ detail }) => setChosen(detail.selectedOption.value ?? null)}
            />
          </FormField>
        )}
        {asksForPath && (
          <TrialPath
            value={path}
            onChange={setPath}
            controlId={controlId("path")}
            errorText={form.errorAt("path", "Path to ask for")}
          />
        )}
        <Button
          loading={trial.isPending}
          loadingText="Testing the connection"
          onClick={() =>
            trial.run({
              organization: draft.organizationSpecific ? entry?.name : undefined,
              path: asksForPath && path !== "" ? path : undefined,
            })
          }
        >
          Test connection
        </Button>
        {form.trouble?.beside === "trial" && (
          <ProblemAlert
            problem={form.trouble.problem}
            nameOf={(path) => (path === "path" ? "Path to ask for" : nameAt(system, draft, wording, path))}
          />
        )}
        <LiveRegion>
          {outcome !== null && (
            <Outcome
              verification={outcome.verification}
              isOld={outcome.draft !== draft}
              entryName={outcome.organization ?? "default"}
            />
          )}
        </LiveRegion>
      </SpaceBetween>
    </FormSection>
  );
}

interface OutcomeProps {
  verification: Verification;
  /** Whether something was changed since. */
  isOld: boolean;
  entryName: string;
}

function Outcome({ verification, isOld, entryName }: OutcomeProps) {
  const { draft, system, change } = useForm();
  const [type, title] = trialResult(verification.result);
  const entry = entriesOf(draft).find(({ name }) => name === entryName);
  const [id, shown] =
    verification.host_key != null ? ["host_key", verification.host_key] : ["certificate", verification.certificate];
  const takesShown =
    shown != null &&
    entry !== undefined &&
    system.fields.some((field) => field.id === id) &&
    entry.fields[id] !== shown;
  return (
    <Alert type={isOld ? "info" : type} header={isOld ? `${title}: that was before your latest edits` : title}>
      <SpaceBetween size="xs">
        <TrialOutcome verification={verification} />
        {shown != null && (
          <span>
            The server shows the {id === "host_key" ? "key" : "certificate"} <Box variant="code">{shown}</Box>. Compare
            it with what the server’s owner says.
          </span>
        )}
        {takesShown && (
          <Button
            onClick={() => {
              const path = `${entry.path}.fields.${id}`;
              change(withFields(draft, entry.rowId, { ...entry.fields, [id]: shown }), path);
              focusControl(path);
            }}
          >
            Use this fingerprint
          </Button>
        )}
      </SpaceBetween>
    </Alert>
  );
}
