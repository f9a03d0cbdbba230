import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import { useNavigate } from "react-router";

import type { Schemas } from "../api/client";
import { useMay } from "../session/context";
import { useNow } from "../ui/use-now";
import { choiceOf, emptyText } from "./choices";
import { useKeyChoices } from "./use-key-choices";

/** The value of the option that is no key. */
const CREATE = "create";

export interface ChosenKey {
  value: string;
  label: string;
}

interface KeyChoiceProps {
  /** Null for a key of any system. A new key is not offered there: the dialog with this question would be left. */
  systemId: string | null;
  environment: Schemas["Environment"];
  /** A key that is not to be chosen, because another one takes its place. A new key is not offered there: the page with this
   * question would be left. */
  except?: string;
  chosen: ChosenKey | null;
  /** What is said where there is nothing to choose from. */
  empty: string;
  onChoose: (chosen: ChosenKey) => void;
}

/** Chooses a key of a system and environment by any of its words. */
export function KeyChoice({ systemId, environment, except, chosen, empty, onChoose }: KeyChoiceProps) {
  const [text, setText] = useState("");
  const keys = useKeyChoices(systemId, environment, text);
  const mayWrite = useMay("keys:write");
  const navigate = useNavigate();
  const now = useNow();
  const rows = keys.rows.filter(({ key_id }) => key_id !== except);
  const none = rows.length > 0 ? null : emptyText(text, empty);
  const create = { value: CREATE, label: "+ Create key", ...(none !== null && { description: none }) };
  const mayCreate = mayWrite && !keys.isPending && except === undefined && systemId !== null;
  const options = [...rows.map((row) => choiceOf(row, now)), ...(mayCreate ? [create] : [])];
  return (
    <Select
      options={options}
      selectedOption={chosen}
      placeholder="Choose a key"
      filteringType="manual"
      filteringAriaLabel="Find a key"
      filteringClearAriaLabel="Clear the search"
      filteringPlaceholder="Words of a title, host or organization, or an id"
      statusType={keys.isPending ? "loading" : keys.isError ? "error" : "finished"}
      loadingText="Loading keys"
      errorText="The keys could not be loaded."
      recoveryText="Try again"
      empty={emptyText(text, empty)}
      onLoadItems={({ detail }) => {
        setText(detail.filteringText);
        keys.refetch();
      }}
      onChange={({ detail: { selectedOption } }) => {
        if (selectedOption.value === CREATE) return void navigate(`/keys/new?system=${systemId}`);
        onChoose({ value: selectedOption.value ?? "", label: selectedOption.label ?? "" });
      }}
    />
  );
}
