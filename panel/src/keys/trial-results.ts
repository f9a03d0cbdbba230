import type { AlertProps } from "@cloudscape-design/components/alert";

const RESULTS: Record<string, [AlertProps.Type, string]> = {
  passed: ["success", "The credentials work"],
  refused: ["error", "The credentials are refused"],
  unreachable: ["warning", "The system was not reached"],
  unclear: ["info", "The answer is not clear"],
};

/** How to tell what a trial came to: how much it matters, and in words. */
export function trialResult(result: string): [AlertProps.Type, string] {
  return RESULTS[result] ?? ["info", result];
}
