import type { Schemas } from "../../api/client";
import type { Fields } from "./state";

/** The server to ask, as `host:port`; null while its host is not typed in full, or the key has a fingerprint. */
export function askedHost({ host, port, host_key }: Fields): string | null {
  if (typeof host !== "string" || (host_key ?? "") !== "") return null;
  const isPort = port == null || port === "" || (typeof port === "string" && /^\d{1,5}$/.test(port));
  if (!isPort || !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(host)) return null;
  return `${host}:${port == null || port === "" ? "22" : port}`;
}

/**
 * A question for the fingerprint of a server, as `host:port`. It holds nothing that was typed beside that.
 *
 * A server shows its key before anybody logs in (RFC 4253, section 8). Since this key has no fingerprint, the API ends the
 * connection there, and the name and the password go nowhere.
 */
export function hostKeyRequest(server: string, environment: "live" | "test"): Schemas["CreateKeyRequest"] {
  const [host = "", port = ""] = server.split(":");
  return {
    system_id: "sftp",
    auth: "password",
    title: "Fingerprint",
    environment,
    organization_specific: false,
    entries: { default: { fields: { host, port, username: "nobody", password: "none is sent" } } },
  };
}
