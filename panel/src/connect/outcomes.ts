/** What a person who comes back from a system is told, and what they can do. */
export interface Outcome {
  title: string;
  type: "success" | "info" | "warning" | "error";
  text: string;
}

const OUTCOMES: Record<string, Outcome> = {
  connected: {
    title: "The key is connected",
    type: "success",
    text: "It can be used from now on, and its access is renewed by itself.",
  },
  denied: {
    title: "Nothing was granted",
    type: "info",
    text: "The system was told not to grant access. Connect again if that was not meant.",
  },
  expired: {
    title: "It took too long",
    type: "warning",
    text: "A connection is good for ten minutes and for one return. Begin again.",
  },
  "other-browser": {
    title: "This is another browser",
    type: "warning",
    text: "A connection ends in the browser in which it was begun. Begin again here, and do not open links that others send you.",
  },
  "mixed-up": {
    title: "The answer does not fit",
    type: "error",
    text: "It came from another system than was asked, or to another address. Nothing was stored. Begin again; if it comes again, check the app's addresses.",
  },
  "no-right": {
    title: "You may not do this any more",
    type: "error",
    text: "Your role was changed meanwhile. Ask an owner of the account.",
  },
  changed: {
    title: "The key was changed meanwhile",
    type: "warning",
    text: "Somebody changed the key or its app while you were away. Look at the key, and begin again.",
  },
  refused: {
    title: "The system refuses the app",
    type: "error",
    text: "Compare the app's client id, its secret and the redirect URI with what is registered at the system.",
  },
  unclear: {
    title: "The system did not answer as it should",
    type: "warning",
    text: "It was not reached, or its answer cannot be understood. Begin again later.",
  },
  "too-few-scopes": {
    title: "Too little was granted",
    type: "warning",
    text: "Nothing works without the scopes that the system's guide names. Begin again, and leave them ticked.",
  },
  "other-identity": {
    title: "Another account was connected",
    type: "warning",
    text: "It is not the one that the key was connected to before, so nothing was changed. Begin again and confirm that another account is meant, or sign in to the former one.",
  },
  "not-stored": {
    title: "The access could not be stored",
    type: "error",
    text: "The system granted access, but Keyward could not store it. Look at the key. If it is not connected, begin again.",
  },
};

const UNKNOWN: Outcome = { title: "The connection has ended", type: "info", text: "Look at the key to see how it is." };

export function outcomeOf(name: string): Outcome {
  return Object.hasOwn(OUTCOMES, name) ? (OUTCOMES[name] ?? UNKNOWN) : UNKNOWN;
}

/** What is left at the system of a connection that did not come about. */
export const LEFT_AT_THE_SYSTEM =
  "Keyward did not keep this access, and may not have ended it at the system. Look at the apps that have access there. Remove your app, unless another key uses it.";

export const OUTCOME_NAMES = Object.keys(OUTCOMES);
