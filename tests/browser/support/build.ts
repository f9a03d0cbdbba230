import { execFileSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../../..");

/** Names the program of the local stack, as the Rust tests have built it: asking for it alone would build its dependencies anew. */
export default function build(): void {
  if (process.env.KEYWARD_LOCAL !== undefined) return;
  const command = ["test", "--quiet", "--workspace", "--no-run", "--message-format=json"];
  const stdio: ["ignore", "pipe", "inherit"] = ["ignore", "pipe", "inherit"];
  const lines = execFileSync("cargo", command, { cwd: ROOT, stdio, maxBuffer: 1 << 28 })
    .toString()
    .split("\n");
  const artifacts = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Artifact);
  const program = artifacts.find(({ target, profile, executable }) => {
    return target?.name === "keyward-local" && profile?.test === false && typeof executable === "string";
  });
  if (program?.executable == null) throw new Error("cargo names no program keyward-local");
  process.env.KEYWARD_LOCAL = program.executable;
}

interface Artifact {
  target?: { name: string };
  profile?: { test: boolean };
  executable?: string | null;
}
