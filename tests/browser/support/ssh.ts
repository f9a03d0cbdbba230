import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SSHD = "/usr/sbin/sshd";
/** Without it, sshd does not start. */
const PRIVILEGE_SEPARATION = "/run/sshd";

/** OpenSSH's own server, which the stack takes for `sftp.example.com`. Nobody can log in to it. */
export class SshServer {
  readonly #process: ChildProcess;
  readonly #directory: string;
  readonly port: number;

  private constructor(process: ChildProcess, directory: string, port: number) {
    this.#process = process;
    this.#directory = directory;
    this.port = port;
  }

  static async open(): Promise<SshServer> {
    const directory = mkdtempSync(join(tmpdir(), "keyward-sshd-"));
    const port = await freePort();
    const key = join(directory, "host-key");
    execFileSync("ssh-keygen", ["-q", "-N", "", "-t", "ed25519", "-f", key]);
    const config = [`ListenAddress 127.0.0.1`, `Port ${port}`, `HostKey ${key}`, "PidFile none", "LogLevel VERBOSE"];
    writeFileSync(join(directory, "config"), `${config.join("\n")}\n`);
    if (!existsSync(PRIVILEGE_SEPARATION)) mkdirSync(PRIVILEGE_SEPARATION, { mode: 0o755 });
    const log = join(directory, "log");
    const child = spawn(SSHD, ["-D", "-f", join(directory, "config"), "-E", log], { stdio: "ignore" });
    const server = new SshServer(child, directory, port);
    await server.#listens();
    return server;
  }

  /** The setting of the stack that leads to it. */
  get upstream(): string {
    return `sftp.example.com:22=127.0.0.1:${this.port}`;
  }

  /** As OpenSSH's own tool prints it. */
  get fingerprint(): string {
    const printed = execFileSync("ssh-keygen", ["-l", "-f", join(this.#directory, "host-key.pub")]).toString();
    return printed.split(" ")[1] ?? "";
  }

  /** Everything that the server has seen, in its own words. */
  get log(): string {
    return readFileSync(join(this.#directory, "log"), "utf8");
  }

  async close(): Promise<void> {
    const ended = new Promise((ended) => this.#process.on("exit", ended));
    this.#process.kill("SIGTERM");
    await ended;
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #listens(): Promise<void> {
    for (let tries = 0; tries < 100; tries += 1) {
      const isThere = await new Promise<boolean>((answer) => {
        const socket = createConnection(this.port, "127.0.0.1", () => {
          socket.destroy();
          answer(true);
        }).on("error", () => answer(false));
      });
      if (isThere) return;
      await new Promise((later) => setTimeout(later, 100));
    }
    throw new Error("sshd did not start");
  }
}

async function freePort(): Promise<number> {
  return new Promise((found) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => found(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
