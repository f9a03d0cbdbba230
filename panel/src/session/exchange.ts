/** An access token of Keyward. */
export interface Issued {
  token: string;
  /** In milliseconds since 1970. */
  endsAt: number;
}

/**
 * Exchanges the ID token of a sign-in for an access token (RFC 8693), which says what the person may do now.
 *
 * `null` where the ID token is not taken: nobody is signed in any more.
 */
export async function exchange(idToken: string): Promise<Issued | null> {
  const asked = Date.now();
  const answer = await fetch("/v1/token", {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token_type: "urn:ietf:params:oauth:token-type:id_token",
      subject_token: idToken,
    }),
  });
  if (answer.status === 400 || answer.status === 401) return null;
  if (!answer.ok) throw new Error(`No access token was issued: the answer is ${answer.status}.`);
  const { access_token: token, expires_in: seconds } = (await answer.json()) as {
    access_token: string;
    expires_in: number;
  };
  return { token, endsAt: asked + seconds * 1000 };
}
