import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import type { Schemas } from "../../api/client";
import { problemOf } from "../../api/problem";
import { HealthLabel } from "../../ui/labels";

interface TrialOfAllProps {
  options: readonly { value: string; label: string }[];
  verify: (organization: string) => Promise<Schemas["Verification"]>;
}

/** How one organization's credentials fared: what was answered, or why there is no answer. */
type Outcome = { result: string } | { error: string };

/** Tries the credentials of every organization, one after the other, and tells how far it is. Closing it stops it. */
export function TrialOfAll({ options, verify }: TrialOfAllProps) {
  const queries = useQueryClient();
  const [outcomes, setOutcomes] = useState<ReadonlyMap<string, Outcome>>(new Map());
  const isClosed = useRef(false);
  useEffect(() => {
    isClosed.current = false;
    return () => {
      isClosed.current = true;
    };
  }, []);
  const trials = useMutation({
    mutationFn: async () => {
      setOutcomes(new Map());
      for (const { value } of options) {
        if (isClosed.current) return;
        const outcome = await verify(value).catch((error: unknown) => ({ error: problemOf(error).title }));
        setOutcomes((before) => new Map(before).set(value, outcome));
      }
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["keys"] }),
  });
  const isBegun = trials.isPending || outcomes.size > 0;
  return (
    <SpaceBetween size="s">
      <Button onClick={() => trials.mutate()} loading={trials.isPending} loadingText="Testing all">
        Test all {String(options.length)} organizations
      </Button>
      {isBegun && (
        <ProgressBar
          label="Organizations tested"
          value={(100 * outcomes.size) / options.length}
          additionalInfo={`${outcomes.size} of ${options.length}`}
          status={trials.isPending ? "in-progress" : "success"}
          resultText={`All ${options.length} are tested.`}
        />
      )}
      {isBegun && (
        <ul aria-label="Outcomes">
          {options.map(({ value, label }) => (
            <li key={value}>
              {label}: <OutcomeText outcome={outcomes.get(value)} />
            </li>
          ))}
        </ul>
      )}
    </SpaceBetween>
  );
}

function OutcomeText({ outcome }: { outcome: Outcome | undefined }) {
  if (outcome === undefined) return <Box variant="span">not yet</Box>;
  if ("result" in outcome) return <HealthLabel result={outcome.result} />;
  return <StatusIndicator type="error">{outcome.error}</StatusIndicator>;
}
