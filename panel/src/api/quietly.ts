import { useMemo } from "react";

import { useSession } from "../session/context";
import { sender } from "./send";

/** Somebody would have to sign in again for a question that nobody has asked aloud. */
class NotNow extends Error {
  constructor() {
    super("Your session has ended.");
  }
}

/** A `fetch` for what is asked while somebody types: an ended session brings up no dialog then. */
export function useQuietly(): (request: Request) => Promise<Response> {
  const session = useSession();
  return useMemo(() => sender(session, () => Promise.reject(new NotNow())), [session]);
}
