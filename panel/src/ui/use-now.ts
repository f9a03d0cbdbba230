import { useSyncExternalStore } from "react";

const STEP_MS = 10_000;

/** The time in milliseconds, rounded down to ten seconds. A component that uses it is rendered again as time passes. */
export function useNow(): number {
  return useSyncExternalStore(everyStep, () => Math.floor(Date.now() / STEP_MS) * STEP_MS);
}

function everyStep(told: () => void): () => void {
  const timer = setInterval(told, STEP_MS);
  return () => clearInterval(timer);
}
