import { readConfig } from "./config";
import { isSignInWindow } from "./session/popup";
import { leaveToSignIn, Session } from "./session/session";

/** The panel itself is fetched when there is somebody to show it to: on the way to the sign-in nobody waits for it. */
const panel = () => import("./app/show");

async function start(): Promise<void> {
  const config = await readConfig();
  try {
    const arrived = await Session.fromAddress(config);
    if (arrived === null) {
      await leaveToSignIn(config);
      return;
    }
    history.replaceState(null, "", `/${arrived.goTo}`);
    (await panel()).showApp(config, arrived.session);
  } catch (error) {
    (await panel()).showSignInFailed(config, error);
  }
}

if (!isSignInWindow()) start().catch(async (error: unknown) => (await panel()).showCannotStart(error));
