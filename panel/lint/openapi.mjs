// Holds the API document to the rules of `openapi.yaml`. Called as a library, the linter asks nothing of the network.

import { formatProblems, getTotals, lint, loadConfig } from "@redocly/openapi-core";

const file = (path) => new URL(path, import.meta.url).pathname;

const config = await loadConfig({ configPath: file("openapi.yaml") });
const problems = await lint({ ref: file("../../docs/openapi.json"), config });
const totals = getTotals(problems);
formatProblems(problems, { format: "stylish", totals, maxProblems: 200 });
if (totals.errors + totals.warnings > 0) process.exitCode = 1;
