import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import LiveRegion from "@cloudscape-design/components/live-region";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { dataOf, type Schemas, useApi } from "../../api/client";
import { ConfirmDialog } from "../../ui/confirm-dialog";
import type { Key } from "../queries";
import { TrialPath } from "../trial-path";
import { trialResult } from "../trial-results";

/** Tries the key against its system, as it is stored. What comes out is its health from then on. */
export function TrialDialog({ data, onClose }: { data: Key; onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const entries = Object.keys(data.entries).filter((name) => name !== "default");
  const [organization, setOrganization] = useState(entries[0]);
  const [path, setPath] = useState("");
  const trial = useMutation({
    mutationFn: () => {
      const query = { organization, path: path === "" ? undefined : path };
      return dataOf(api.POST("/v1/keys/{key_id}/verify", { params: { path: { key_id: data.key_id }, query } }));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ["keys"] }),
  });
  return (
    <ConfirmDialog
      title={`Test “${data.title}”`}
      action="Test connection"
      doing="Testing the connection"
      error={trial.error}
      isPending={trial.isPending}
      onConfirm={() => trial.mutate()}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        <span>Signs in to its system with what is stored. Nothing is changed there.</span>
        {organization !== undefined && (
          <FormField label="Organization to test with">
            <Select
              options={entries.map((value) => ({ value }))}
              selectedOption={{ value: organization }}
              onChange={({ detail }) => setOrganization(detail.selectedOption.value ?? organization)}
            />
          </FormField>
        )}
        {data.system_id === "custom-http" && data.check == null && <TrialPath value={path} onChange={setPath} />}
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
        <span>{verification.message}</span>
        {verification.upstream != null && <span>Signed in as {verification.upstream}</span>}
        {verification.host_key != null && <span>The server shows the key {verification.host_key}</span>}
        {verification.certificate != null && <span>The server shows the certificate {verification.certificate}</span>}
      </SpaceBetween>
    </Alert>
  );
}
