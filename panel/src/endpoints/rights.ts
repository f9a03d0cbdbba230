import { useMay } from "../session/context";

/** Whether somebody may create and change sources and destinations: each needs a system and a key, which they must see for it. */
export function useMayConnect(): boolean {
  const mayWrite = useMay("streams:write");
  const mayReadKeys = useMay("keys:read");
  return mayWrite && mayReadKeys;
}
