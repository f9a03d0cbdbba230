/** Where people sign in, as the function that serves the panel tells it. */
export interface Config {
  /** The OpenID provider's issuer. */
  authority: string;
  /** The panel's client id there. */
  client_id: string;
  /** Where the provider's own session is ended. */
  logout_url: string;
  /** Whether this is a local stack on a developer's machine. */
  local: boolean;
}

export async function readConfig(): Promise<Config> {
  const answer = await fetch("/config.json");
  if (!answer.ok) throw new Error(`the settings of the sign-in could not be read (${answer.status})`);
  return (await answer.json()) as Config;
}
