import { useFreshSignIn } from "../app/sign-in-again";
import { useSession } from "../session/context";

/** Has the person sign in again, if the last time was too long ago for what is done to a live key. */
export function useFreshForLive({ environment }: { environment: string }): () => Promise<void> {
  const fresh = useFreshSignIn(useSession());
  return async () => {
    if (environment === "live") await fresh();
  };
}
