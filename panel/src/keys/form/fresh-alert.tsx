import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { useState } from "react";

import { useFreshSignIn } from "../../app/sign-in-again";
import { useSession } from "../../session/context";
import { useForm } from "./form-state";
import { maybeLedElsewhere } from "./needed";

/**
 * Tells beforehand that saving will need a fresh sign-in: of a live key whose requests may go elsewhere. Whoever signs in
 * first types secrets once.
 */
export function FreshAlert() {
  const session = useSession();
  const signIn = useFreshSignIn(session);
  const { start, system, draft, needed } = useForm();
  const [, setAsked] = useState(0);
  const isLedElsewhere = needed.size > 0 || maybeLedElsewhere(start, system, draft).length > 0;
  if (start?.environment !== "live" || !isLedElsewhere || session.isFresh) return null;
  // Whether or not that was done is seen by the session alone.
  const ask = () =>
    void signIn()
      .finally(() => setAsked((times) => times + 1))
      .catch(() => undefined);
  return (
    <Alert
      type="info"
      header="Saving this needs a fresh sign-in"
      action={<Button onClick={ask}>Sign in again now</Button>}
    >
      Redirecting a live key needs a sign-in of less than five minutes ago. You can sign in now, or will be asked when
      you save.
    </Alert>
  );
}
