import type { components } from "./schema";

export type ProblemField = components["schemas"]["ProblemField"];
export type KeyUse = components["schemas"]["KeyUse"];

/** What the API says is wrong (RFC 9457), or the gateway before it, in the API's terms. */
export class Problem extends Error {
  constructor(
    /** What kind, such as `key-in-use`. */
    readonly code: string,
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly errors: readonly ProblemField[] = [],
    readonly uses: readonly KeyUse[] = [],
    /** The id of the request, to look for in the logs. */
    readonly instance: string | null = null,
  ) {
    super(detail);
  }

  /** The problem of an answer that is none, by its body: a problem document, or what the gateway says by itself. */
  static of(status: number, body: unknown): Problem {
    const document = (typeof body === "object" && body !== null ? body : {}) as Partial<
      components["schemas"]["Problem"]
    >;
    const code = document.type?.replace("urn:keyward:problem:", "") ?? `status-${status}`;
    const [title, detail] =
      document.title === undefined ? withoutDocument(status) : [document.title, document.detail ?? ""];
    return new Problem(code, status, title, detail, document.errors, document.uses, document.instance ?? null);
  }
}

/** The network, or what is between here and the API, did not bring an answer. */
export class NoAnswer extends Problem {
  constructor() {
    super(
      "no-answer",
      0,
      "There is no answer",
      "The connection was lost. Nothing that you typed is lost: check the network and try again.",
    );
  }
}

/** Any error as a problem that can be shown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem("panel", 0, "Something went wrong", error instanceof Error ? error.message : String(error));
}

function withoutDocument(status: number): [string, string] {
  switch (status) {
    case 401:
      return ["You are not signed in", "Sign in again to go on."];
    case 403:
      return ["You may not do this", "Your role does not allow it. An owner of the account can change that."];
    case 413:
      return ["That is too much at once", "Make it smaller and try again."];
    case 429:
      return ["Too many requests", "Wait a moment and try again."];
    default:
      return ["There is no useful answer", `The service answered with status ${status}. Try again in a moment.`];
  }
}
