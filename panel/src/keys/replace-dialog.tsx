import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { dataOf, idempotencyKey, type Schemas, useApi } from "../api/client";
import { problemOf } from "../api/problem";
import { useSay } from "../app/notices";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { ProblemAlert } from "../ui/problem-alert";
import { KeyChoice } from "./key-choice";
import { UsesTable } from "./page/uses-tab";
import type { Key } from "./queries";

/** Puts another key in the place of this one, wherever it is used, after showing where that is. */
export function ReplaceDialog({ data, onClose }: { data: Key; onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const say = useSay();
  const [chosen, setChosen] = useState<{ value: string; label: string } | null>(null);
  const [moved, setMoved] = useState(0);
  const path = { key_id: data.key_id };
  const dryRun = useQuery({
    queryKey: ["keys", "of", data.key_id, "replace", chosen?.value],
    enabled: chosen !== null,
    gcTime: 0,
    queryFn: () =>
      dataOf(
        api.POST("/v1/keys/{key_id}/replace", { params: { path }, body: { with: chosen?.value ?? "", dry_run: true } }),
      ),
  });
  const replacing = useMutation({
    mutationFn: async (to: string) => {
      let answer: Schemas["Replacement"];
      let sum = 0;
      do {
        const params = { path, header: idempotencyKey() };
        answer = await dataOf(api.POST("/v1/keys/{key_id}/replace", { params, body: { with: to, dry_run: false } }));
        sum += answer.replaced;
        setMoved(sum);
      } while (!answer.done);
      return sum;
    },
    onSuccess: (sum) => {
      say("success", `${sum === 1 ? "One use" : `${sum} uses`} of “${data.title}” moved to “${chosen?.label}”.`);
      onClose();
    },
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ["keys"] });
      void queries.invalidateQueries({ queryKey: ["endpoints"] });
    },
  });
  return (
    <ConfirmDialog
      title={`Replace “${data.title}” everywhere`}
      action="Replace"
      doing={moved === 0 ? "Replacing" : `Replacing: ${moved} moved`}
      error={replacing.error}
      isPending={replacing.isPending}
      isPossible={dryRun.data !== undefined && dryRun.data.left.length > 0}
      onConfirm={() => chosen !== null && replacing.mutate(chosen.value)}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        <span>
          Every active source and destination that uses this key uses the other one from then on. Both keys stay.
        </span>
        <FormField
          label="Key to use instead"
          description="One of the same system and environment."
          controlId="replace-with"
        >
          <KeyChoice
            systemId={data.system_id}
            environment={data.environment}
            except={data.key_id}
            chosen={chosen}
            empty="There is no other key of this system and environment."
            onChoose={setChosen}
          />
        </FormField>
        {dryRun.error !== null && <ProblemAlert problem={problemOf(dryRun.error)} />}
        {dryRun.data !== undefined &&
          (dryRun.data.left.length === 0 ? (
            <Alert type="info">Nothing active uses this key, so nothing would change.</Alert>
          ) : (
            <UsesTable uses={dryRun.data.left} header={<strong>What would be moved</strong>} />
          ))}
      </SpaceBetween>
    </ConfirmDialog>
  );
}
