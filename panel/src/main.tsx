import "@cloudscape-design/global-styles/index.css";

import Button from "@cloudscape-design/components/button";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app/app";
import { PlainPage } from "./app/plain-page";
import { applyStoredTheme } from "./app/theme";
import { type Config, readConfig } from "./config";
import { isSignInWindow } from "./session/popup";
import { leaveToSignIn, Session } from "./session/session";

async function start(): Promise<void> {
  const config = await readConfig();
  const arrived = await Session.fromAddress(config).catch((error: unknown) => {
    show(<SignInFailed config={config} error={error} />);
    return undefined;
  });
  if (arrived === undefined) return;
  if (arrived === null) {
    await leaveToSignIn(config);
    return;
  }
  history.replaceState(null, "", `/${arrived.goTo}`);
  show(<App config={config} session={arrived.session} />);
}

function show(page: React.ReactNode): void {
  const root = document.getElementById("panel");
  if (root !== null) createRoot(root).render(<StrictMode>{page}</StrictMode>);
}

function SignInFailed({ config, error }: { config: Config; error: unknown }) {
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

function CannotStart({ error }: { error: unknown }) {
  return (
    <PlainPage title="Keyward does not answer" type="error" action={<Button onClick={() => location.reload()}>Try again</Button>}>
      {error instanceof Error ? error.message : "There was no answer."}
    </PlainPage>
  );
}

applyStoredTheme();
if (!isSignInWindow()) start().catch((error: unknown) => show(<CannotStart error={error} />));
