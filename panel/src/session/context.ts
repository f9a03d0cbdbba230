import { createContext, useContext, useSyncExternalStore } from "react";

import type { Claims } from "./claims";
import type { Session } from "./session";

const SessionContext = createContext<Session | null>(null);
export const SessionProvider = SessionContext.Provider;

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("nobody is signed in here");
  return session;
}

/** Who is signed in and may do what, as of the newest token. */
export function useClaims(): Claims {
  const session = useSession();
  return useSyncExternalStore(session.subscribe, () => session.claims);
}

/** Whether the person's role has a permission, such as `keys:write`. */
export function useMay(permission: string): boolean {
  return useClaims().permissions.has(permission);
}
