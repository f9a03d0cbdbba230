import type { AlertProps } from "@cloudscape-design/components/alert";

interface Told {
  type: AlertProps.Type;
  title: string;
  /** What to do now; null where nothing is to be done. */
  next: string | null;
}

const RESULTS: Record<string, Told> = {
  passed: { type: "success", title: "The credentials work", next: null },
  refused: {
    type: "error",
    title: "The credentials are refused",
    next: "Next: get new credentials at the system, or ask its owner whether these were withdrawn, and replace them here.",
  },
  unreachable: {
    type: "warning",
    title: "The system was not reached",
    next: "Next: check the address, and whether the system lets in requests from here. The credentials may still be right.",
  },
  unclear: {
    type: "info",
    title: "The answer is not clear",
    next: "Next: compare the address and the other values with what the system shows, and test again.",
  },
};

/** How to tell what a trial came to: how much it matters, and in words. */
export function trialResult(result: string): [AlertProps.Type, string] {
  const told = RESULTS[result];
  return told === undefined ? ["info", result] : [told.type, told.title];
}

/** What to do after a trial with this result; null for nothing. */
export function nextStep(result: string): string | null {
  return RESULTS[result]?.next ?? null;
}
