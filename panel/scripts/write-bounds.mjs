import { readFileSync, writeFileSync } from "node:fs";

import { boundsOf, moduleOf } from "./bounds.mjs";

const document = JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8"));
writeFileSync(new URL("../src/api/bounds.ts", import.meta.url), moduleOf(boundsOf(document)));
