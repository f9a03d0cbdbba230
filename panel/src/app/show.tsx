import "@cloudscape-design/global-styles/index.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import type { Config } from "../config";
import type { Session } from "../session/session";
import { App } from "./app";
import { CannotStart, SignInFailed } from "./start-pages";
import { applyStoredTheme } from "./theme";

export function showApp(config: Config, session: Session): void {
  show(<App config={config} session={session} />);
}

export function showSignInFailed(config: Config, error: unknown): void {
  show(<SignInFailed config={config} error={error} />);
}

export function showCannotStart(error: unknown): void {
  show(<CannotStart error={error} />);
}

function show(page: React.ReactNode): void {
  applyStoredTheme();
  const root = document.getElementById("panel");
  if (root !== null) createRoot(root).render(<StrictMode>{page}</StrictMode>);
}
