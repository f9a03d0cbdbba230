import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TextFilter from "@cloudscape-design/components/text-filter";

import type { Schemas } from "../api/client";
import type { ListAddress } from "./use-list-address";

/** Empty for both. */
export type EnvironmentChoice = Schemas["Environment"] | "";

const ENVIRONMENTS: { value: EnvironmentChoice; label: string }[] = [
  { value: "", label: "Live and test" },
  { value: "live", label: "Live" },
  { value: "test", label: "Test" },
];

/** The environment of a list's address. */
export function environmentOf(address: ListAddress): EnvironmentChoice {
  return ENVIRONMENTS.find(({ value }) => value === address.get("environment"))?.value ?? "";
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
export function FilterBar({ address, children }: { address: ListAddress; children: React.ReactNode }) {
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <TextFilter
        filteringText={address.text}
        filteringPlaceholder="Titles that begin with…"
        filteringAriaLabel="Search by title"
        filteringClearAriaLabel="Clear the search"
        onChange={({ detail }) => address.type(detail.filteringText)}
      />
      {children}
    </SpaceBetween>
  );
}
