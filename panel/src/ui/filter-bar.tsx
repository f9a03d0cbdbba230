import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useState } from "react";

import type { Schemas } from "../api/client";
import { useDebounced } from "./use-debounced";

/** Empty for both. */
export type EnvironmentChoice = Schemas["Environment"] | "";

const ENVIRONMENTS: { value: EnvironmentChoice; label: string }[] = [
  { value: "", label: "Live and test" },
  { value: "live", label: "Live" },
  { value: "test", label: "Test" },
];

/** How long somebody has to pause in typing before the API is asked, in milliseconds. */
const PAUSE_MS = 250;

interface TitleFilter {
  /** What was typed. */
  text: string;
  /** What to ask for: what stood there for a moment. */
  prefix: string;
  set: (text: string) => void;
}

export function useTitleFilter(): TitleFilter {
  const [text, set] = useState("");
  return { text, prefix: useDebounced(text.trim(), PAUSE_MS), set };
}

interface EnvironmentFilterProps {
  environment: EnvironmentChoice;
  onChange: (environment: EnvironmentChoice) => void;
}

/** Live, test, or both. */
export function EnvironmentFilter({ environment, onChange }: EnvironmentFilterProps) {
  return (
    <Select
      ariaLabel="Environment"
      options={ENVIRONMENTS}
      selectedOption={ENVIRONMENTS.find(({ value }) => value === environment) ?? null}
      onChange={({ detail }) => onChange((detail.selectedOption.value ?? "") as EnvironmentChoice)}
    />
  );
}

/** The search by title, with further filters next to it. */
export function FilterBar({ title, children }: { title: TitleFilter; children: React.ReactNode }) {
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <TextFilter
        filteringText={title.text}
        filteringPlaceholder="Titles that begin with…"
        filteringAriaLabel="Search by title"
        filteringClearAriaLabel="Clear the search"
        onChange={({ detail }) => title.set(detail.filteringText)}
      />
      {children}
    </SpaceBetween>
  );
}
