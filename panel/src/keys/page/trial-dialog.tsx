import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import LiveRegion from "@cloudscape-design/components/live-region";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import { useOrganizations } from "../../account/queries";
import { dataOf, type Schemas, useApi } from "../../api/client";
import { ConfirmDialog } from "../../ui/confirm-dialog";
import type { Key } from "../queries";
import { TrialOutcome } from "../trial-outcome";
import { TrialPath } from "../trial-path";
import { trialResult } from "../trial-results";
import { TrialOfAll } from "./trial-of-all";

interface TrialDialogProps {
  data: Key;
  /** Whether somebody has asked for the test already, where nothing is to be chosen first. */
  isBegun?: boolean;
  onClose: () => void;
}

/** Tries the key against its system, as it is stored. What comes out is its health from then on. */
export function TrialDialog({ data, isBegun = false, onClose }: TrialDialogProps) {
  const api = useApi();
  const queries = useQueryClient();
  const entries = Object.keys(data.entries).filter((name) => name !== "default");
  const [organization, setOrganization] = useState(entries[0]);
  const [path, setPath] = useState("");
  const { organizations } = useOrganizations();
  const options = entries.map((value) => {
    const title = organizations.find(({ organization_id }) => organization_id === value)?.title;
    return title === undefined ? { value, label: value } : { value, label: title, description: value };
  });
  const verify = (organization: string | undefined) => {
    const query = { organization, path: path === "" ? undefined : path };
    return dataOf(api.POST("/v1/keys/{key_id}/verify", { params: { path: { key_id: data.key_id }, query } }));
  };
  const trial = useMutation({
    mutationFn: () => verify(organization),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["keys"] }),
  });
  const toBegin = useRef(isBegun && entries.length === 0);
  const { mutate } = trial;
  useEffect(() => {
    if (toBegin.current) mutate();
    toBegin.current = false;
  }, [mutate]);
  return (
    <ConfirmDialog
      title={`Test “${data.title}”`}
      action="Test connection"
      doing="Testing the connection"
      error={trial.error}
      isPending={trial.isPending}
      isDone={trial.data !== undefined}
      onConfirm={() => trial.mutate()}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        <span>Signs in to its system with what is stored. Nothing is changed there.</span>
        {organization !== undefined && (
          <FormField label="Organization to test with">
            <Select
              options={options}
              filteringType={options.length > 8 ? "auto" : "none"}
              filteringAriaLabel="Find an organization"
              filteringClearAriaLabel="Clear the search"
              selectedOption={options.find(({ value }) => value === organization) ?? null}
              onChange={({ detail }) => setOrganization(detail.selectedOption.value ?? organization)}
            />
          </FormField>
        )}
        {data.system_id === "custom-http" && data.check == null && <TrialPath value={path} onChange={setPath} />}
        {options.length > 1 && <TrialOfAll options={options} verify={verify} />}
        <LiveRegion>{trial.data !== undefined && !trial.isPending && <Outcome verification={trial.data} />}</LiveRegion>
      </SpaceBetween>
    </ConfirmDialog>
  );
}

function Outcome({ verification }: { verification: Schemas["Verification"] }) {
  const [type, title] = trialResult(verification.result);
  return (
    <Alert type={type} header={title}>
      <SpaceBetween size="xs">
        <TrialOutcome verification={verification} />
        {verification.host_key != null && <span>The server shows the key {verification.host_key}</span>}
        {verification.certificate != null && <span>The server shows the certificate {verification.certificate}</span>}
      </SpaceBetween>
    </Alert>
  );
}
