/** The state of a navigation that somebody has asked for in the menu; a link that leads there signs nobody out. */
const ASKED = { state: { signOut: true } };

/** Where the menu leads to. The way there asks before unsaved input is lost, and nothing has ended before that is answered. */
export const SIGN_OUT = ["/sign-out", ASKED] as const;

export function isAskedToSignOut(state: unknown): boolean {
  return (state as { signOut?: boolean } | null)?.signOut === true;
}
