/** No private key is as long. The API takes less; this is what is read at all, in bytes. */
const MOST_BYTES = 64 * 1024;

/** What is in a file that somebody chose: its text, or why it cannot be taken. */
export type KeyFile = { text: string } | { complaint: string };

/** Reads a file that should have a private key. It stays in the browser until the form is saved. */
export async function readKeyFile(file: File): Promise<KeyFile> {
  if (file.size > MOST_BYTES) return { complaint: "This file is too large to have a private key." };
  if (file.size === 0) return { complaint: "This file is empty." };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    if (!text.includes("\0")) return { text };
  } catch {
    // What cannot be read as text is told below.
  }
  return { complaint: "This file has no text in it. Export the key as PEM, OpenSSH or PuTTY’s .ppk." };
}
