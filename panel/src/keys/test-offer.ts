import { useMay } from "../session/context";

/** The member of a key's address that asks for a test at once. */
export const TEST = "test";

/** Offers to test a key that was just saved, for those who may. */
export function useTestOffer(): (keyId: string) => { text: string; to: string } | undefined {
  const mayVerify = useMay("keys:verify");
  return (keyId) => (mayVerify ? { text: "Test connection", to: `/keys/${keyId}?${TEST}=now` } : undefined);
}
