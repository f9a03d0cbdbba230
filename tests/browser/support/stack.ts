import { type ChildProcess, spawn } from "node:child_process";
import { createHash, createHmac, randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../../..");
/** How long a start may take, in milliseconds. */
const START_MS = 30_000;

export type Person = "owner@acme.example" | "editor@acme.example" | "viewer@acme.example" | "owner@globex.example";

interface StoredUser {
  password: string;
  totp_secret: string;
}

/** The local stack as `make run` starts it: the real program, on a free port, over a directory of its own. */
export class Stack {
  readonly #process: ChildProcess;
  readonly #directory: string;
  readonly origin: string;
  /** The steps of one-time codes that were used, by person: each counts once. */
  readonly #usedSteps = new Map<string, number>();

  private constructor(process: ChildProcess, directory: string, origin: string) {
    this.#process = process;
    this.#directory = directory;
    this.origin = origin;
  }

  static async start(settings: Record<string, string> = {}): Promise<Stack> {
    const directory = mkdtempSync(join(tmpdir(), "keyward-browser-"));
    const env = {
      ...process.env,
      PORT: "0",
      DATA_DIR: directory,
      PANEL_DIR: join(ROOT, "panel/dist"),
      ...settings,
    };
    const child = spawn(program(), ["run"], { env, stdio: ["ignore", "pipe", "inherit"] });
    const origin = await new Promise<string>((found, failed) => {
      let printed = "";
      const timer = setTimeout(() => failed(new Error(`the stack did not start:\n${printed}`)), START_MS);
      child.on("exit", (code) => failed(new Error(`the stack ended with ${code}:\n${printed}`)));
      child.stdout.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
        const address = /Keyward LOCAL: (\S+)/.exec(printed)?.[1];
        if (address === undefined || !printed.includes("Press Ctrl-C to stop")) return;
        clearTimeout(timer);
        found(address);
      });
    });
    return new Stack(child, directory, origin);
  }

  /** What a person types to sign in, with a code that was not used yet. */
  async credentials(email: string): Promise<{ email: string; password: string; code: string }> {
    const store = JSON.parse(readFileSync(join(this.#directory, "sign-in.json"), "utf8")) as {
      users: Record<string, StoredUser>;
    };
    const made = store.users[email] ?? this.#invited().find((user) => user.email === email);
    if (made === undefined) throw new Error(`there is no ${email}`);
    const user = { ...made, ...this.#changed(email) };
    return { email, password: user.password, code: totp(user.totp_secret, await this.#freshStep(email)) };
  }

  /** People who were invited: each is a file. */
  #invited(): (StoredUser & { email: string })[] {
    const folder = join(this.#directory, "people");
    const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
    return files.map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as StoredUser & { email: string });
  }

  /** What changed of somebody's sign-in since they were made known. */
  #changed(email: string): Partial<StoredUser> {
    const name = `${createHash("sha256").update(email).digest("hex")}.changed`;
    const file = join(this.#directory, "people", name);
    if (!existsSync(file)) return {};
    const { password, totp_secret } = JSON.parse(readFileSync(file, "utf8"));
    return { ...(password !== null && { password }), ...(totp_secret !== null && { totp_secret }) };
  }

  /** The step of now or the next, later than any that this person has used; it waits for one if it must. */
  async #freshStep(email: string): Promise<number> {
    for (;;) {
      const now = Math.floor(Date.now() / STEP_MS);
      // Not the step before now: it may be over by the time that the form arrives.
      const step = Math.max(now, (this.#usedSteps.get(email) ?? 0) + 1);
      if (step <= now + 1) {
        this.#usedSteps.set(email, step);
        return step;
      }
      await new Promise((later) => setTimeout(later, 500));
    }
  }

  /** An access token, as of a sign-in just now. */
  async token(name: string): Promise<string> {
    const kind = name.includes("@") ? "--user" : "--client";
    const env = { ...process.env, PORT: new URL(this.origin).port, DATA_DIR: this.#directory };
    const child = spawn(program(), ["token", kind, name], { env, stdio: ["ignore", "pipe", "inherit"] });
    let printed = "";
    child.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
    const code = await new Promise((ended) => child.on("exit", ended));
    if (code !== 0) throw new Error(`no token for ${name}`);
    return printed.trim();
  }

  /** Calls the API past the panel, to make or look at what a test needs. */
  async call(
    name: string,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(this.origin + path, {
      method,
      headers: { authorization: `Bearer ${await this.token(name)}`, "content-type": "application/json", ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? null : JSON.parse(text) };
  }

  async stop(): Promise<void> {
    const ended = new Promise((ended) => this.#process.on("exit", ended));
    this.#process.kill("SIGTERM");
    await ended;
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** JSON of the API. A test that reads a member which is not there fails, so that types would add nothing. */
// biome-ignore lint/suspicious/noExplicitAny: What a test looks for in an answer is its own business.
export type Json = any;

export interface Answer {
  status: number;
  body: Json;
}

function program(): string {
  const named = process.env.KEYWARD_LOCAL;
  if (named === undefined) throw new Error("KEYWARD_LOCAL names no program");
  return named;
}

const STEP_MS = 30_000;

/** RFC 6238 with SHA-1 and six digits, as authenticator apps have it. */
function totp(base32: string, step: number): string {
  const bits = [...base32]
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac("sha1", secret).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 0xf;
  return ((digest.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).toString().padStart(6, "0");
}

/** A value that is found nowhere unless somebody put it there. */
export function canary(name: string): string {
  return `canary-${name}-${randomUUID()}`;
}
