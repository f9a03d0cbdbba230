// Holds the API document to the rules of `openapi.yaml`. Called as a library, the linter asks nothing of the network.

import { formatProblems, getTotals, lint, loadConfig } from "@redocly/openapi-core";

const file = (path) => new URL(path, import.meta.url).pathname;

const config = await loadConfig({ configPath: file("openapi.yaml") });
const found = await lint({ ref: file("../../docs/openapi.json"), config });

/** What the rules take for a fault and is none: each with its rule, where it is, and why. */
const EXCEPTIONS = [
  // The word is "undelete", and no verb of HTTP.
  { rule: "no-http-verbs-in-paths", at: "#/paths/~1v1~1keys~1{key_id}~1undelete" },
  // A request for a token is a form, and its refusal has a form of its own (RFC 6749 sections 4.4.2 and 5.2).
  { rule: "request-mime-type", at: "#/paths/~1v1~1token/" },
  { rule: "operation-4xx-problem-details-rfc7807", at: "#/paths/~1v1~1token/" },
];
const isExcepted =
  ({ rule, at }) =>
  (problem) =>
    problem.ruleId === rule && problem.location.some(({ pointer }) => pointer?.startsWith(at));
const unneeded = EXCEPTIONS.filter((exception) => !found.some(isExcepted(exception)));
if (unneeded.length > 0) throw new Error(`an exception excepts nothing: ${JSON.stringify(unneeded)}`);
const problems = found.filter((problem) => !EXCEPTIONS.some((exception) => isExcepted(exception)(problem)));
const totals = getTotals(problems);
formatProblems(problems, { format: "stylish", totals, maxProblems: 200 });
if (totals.errors + totals.warnings > 0) process.exitCode = 1;
