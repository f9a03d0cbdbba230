import Select from "@cloudscape-design/components/select";
import { useState } from "react";

import type { Schemas } from "../api/client";
import { useKeyChoices } from "./queries";

export interface ChosenKey {
  value: string;
  label: string;
}

interface KeyChoiceProps {
  systemId: string;
  environment: Schemas["Environment"];
  /** A key that is not to be chosen. */
  except?: string;
  chosen: ChosenKey | null;
  /** What is said where there is nothing to choose from. */
  empty: string;
  onChoose: (chosen: ChosenKey) => void;
}

/** Chooses a key of a system and environment by its title. */
export function KeyChoice({ systemId, environment, except, chosen, empty, onChoose }: KeyChoiceProps) {
  const [prefix, setPrefix] = useState("");
  const keys = useKeyChoices(systemId, environment, prefix);
  const options = (keys.data ?? []).filter(({ value }) => value !== except);
  return (
    <Select
      options={options.map(({ value, label }) => ({ value, label }))}
      selectedOption={chosen}
      placeholder="Choose a key"
      filteringType="manual"
      filteringAriaLabel="Titles that begin with"
      filteringPlaceholder="Titles that begin with…"
      statusType={keys.isPending ? "loading" : keys.error === null ? "finished" : "error"}
      loadingText="Loading keys"
      errorText="The keys could not be loaded."
      recoveryText="Try again"
      empty={empty}
      onLoadItems={({ detail }) => {
        setPrefix(detail.filteringText);
        if (keys.isError) void keys.refetch();
      }}
      onChange={({ detail: { selectedOption } }) => {
        onChoose({ value: selectedOption.value ?? "", label: selectedOption.label ?? "" });
      }}
    />
  );
}
