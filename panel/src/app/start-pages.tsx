import Button from "@cloudscape-design/components/button";

import type { Config } from "../config";
import { leaveToSignIn } from "../session/session";
import { PlainPage } from "./plain-page";

/** The provider sent the browser back without a sign-in. */
export function SignInFailed({ config, error }: { config: Config; error: unknown }) {
  return (
    <PlainPage
      title="You are not signed in"
      type="error"
      action={<Button onClick={() => void leaveToSignIn(config)}>Sign in</Button>}
    >
      The sign-in did not end well{error instanceof Error ? `: ${error.message}` : ""}.
    </PlainPage>
  );
}

/** Nothing can be shown, since nobody answers. */
export function CannotStart({ error }: { error: unknown }) {
  return (
    <PlainPage
      title="Keyward does not answer"
      type="error"
      action={<Button onClick={() => location.reload()}>Try again</Button>}
    >
      {error instanceof Error ? error.message : "There was no answer."}
    </PlainPage>
  );
}
