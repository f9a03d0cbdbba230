import Box from "@cloudscape-design/components/box";
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

interface FilterBarProps {
  address: ListAddress;
  /** What the search does not find; null where it finds all. */
  note: React.ReactNode;
  children: React.ReactNode;
}

/** The search by words, with further filters next to it. */
export function FilterBar({ address, note, children }: FilterBarProps) {
  return (
    <SpaceBetween size="xs">
      <SpaceBetween direction="horizontal" size="xs">
        <TextFilter
          filteringText={address.text}
          filteringPlaceholder="Any words, or an id"
          filteringAriaLabel="Search"
          filteringClearAriaLabel="Clear the search"
          onChange={({ detail }) => address.type(detail.filteringText)}
        />
        {children}
      </SpaceBetween>
      {note !== null && (
        <Box color="text-body-secondary" fontSize="body-s">
          {note}
        </Box>
      )}
    </SpaceBetween>
  );
}
