import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Modal from "@cloudscape-design/components/modal";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";

import { useApi } from "../../api/client";
import { problemOf } from "../../api/problem";
import { type System, systemQuery, useSystems } from "../../systems/queries";
import { controlId, focusControl } from "../../ui/field-ids";
import { lostBy } from "./moving";
import type { KeyFormState } from "./use-key-form";

/** Which system the key is for. Choosing one loads its template; what would be lost by that is asked about. */
export function SystemField({ form }: { form: KeyFormState }) {
  const api = useApi();
  const queries = useQueryClient();
  const systems = useSystems();
  const [loading, setLoading] = useState<string | null>(null);
  const [asked, setAsked] = useState<{ to: System; lost: string[] } | null>(null);
  const newest = useRef<string | null>(null);
  const options = (systems.data ?? []).map(({ system_id, name, summary }) => ({
    value: system_id,
    label: name,
    description: summary,
  }));
  const isUsed = (form.start?.active_uses ?? 0) > 0;

  const choose = async (systemId: string) => {
    newest.current = systemId;
    setLoading(systemId);
    try {
      const to = await queries.fetchQuery(systemQuery(api, systemId));
      // Somebody was faster than the network.
      if (newest.current !== systemId) return;
      const lost = form.system === null ? [] : lostBy(form.system, to, form.draft);
      if (lost.length > 0) setAsked({ to, lost });
      else form.takeSystem(to);
    } catch (error) {
      form.fail(problemOf(error), "save");
    } finally {
      if (newest.current === systemId) setLoading(null);
    }
  };
  const answer = (to: System | null) => {
    if (to !== null) form.takeSystem(to);
    setAsked(null);
    focusControl("system_id");
  };
  return (
    <>
      <FormField
        label="System"
        description={isUsed ? "This key is in use, so its system cannot be changed." : "What the credentials are for."}
        controlId={controlId("system_id")}
        errorText={form.errorAt("system_id", "System")}
      >
        <Select
          options={options}
          filteringType="auto"
          filteringAriaLabel="Find a system"
          filteringClearAriaLabel="Clear the search"
          filteringPlaceholder="Find a system"
          noMatch="No system is called that. Custom HTTP is for any HTTP API."
          placeholder="Choose a system"
          disabled={isUsed}
          statusType={systems.isPending || loading !== null ? "loading" : systems.isError ? "error" : "finished"}
          loadingText="Loading"
          errorText="The systems could not be loaded."
          recoveryText="Try again"
          onLoadItems={() => systems.isError && void systems.refetch()}
          selectedOption={
            options.find(({ value }) => value === (loading ?? asked?.to.system_id ?? form.system?.system_id)) ?? null
          }
          onChange={({ detail }) => void choose(detail.selectedOption.value ?? "")}
        />
      </FormField>
      {asked !== null && <LossQuestion from={form.system} to={asked.to} lost={asked.lost} onAnswer={answer} />}
    </>
  );
}

interface LossQuestionProps {
  from: System | null;
  to: System;
  lost: readonly string[];
  onAnswer: (to: System | null) => void;
}

function LossQuestion({ from, to, lost, onAnswer }: LossQuestionProps) {
  return (
    <Modal
      visible
      header={`Change the system to ${to.name}?`}
      closeAriaLabel="Close"
      onDismiss={() => onAnswer(null)}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={() => onAnswer(null)}>
              Keep {from?.name}
            </Button>
            <Button variant="primary" onClick={() => onAnswer(to)}>
              Change to {to.name}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      {to.name} has no place for what is filled in here, and it would be lost: {lost.join(", ")}.
    </Modal>
  );
}
