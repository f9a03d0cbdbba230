import Select from "@cloudscape-design/components/select";

import { type Attention, attentionOf, REASON_LABELS, REASONS } from "./attention";

const ALL = { value: "", label: "All keys" };
const OPTIONS = [
  ALL,
  { value: "any", label: "Needs attention" },
  ...REASONS.map((reason) => ({ value: reason, label: REASON_LABELS[reason] })),
];

/** Every key, or those that somebody should look at, for any reason or for one. */
export function AttentionFilter({
  attention,
  onChange,
}: {
  attention: Attention;
  onChange: (attention: Attention) => void;
}) {
  return (
    <Select
      ariaLabel="Attention"
      options={OPTIONS}
      selectedOption={OPTIONS.find(({ value }) => value === attention) ?? ALL}
      onChange={({ detail }) => onChange(attentionOf(detail.selectedOption.value ?? ""))}
    />
  );
}
