import { describe, expect, it } from "vitest";

import { readKeyFile } from "./key-file";

const file = (...parts: BlobPart[]) => new File(parts, "id_ed25519");

describe("a file with a private key", () => {
  it("is read as it is", async () => {
    const text = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbg==\n-----END OPENSSH PRIVATE KEY-----\n";
    expect(await readKeyFile(file(text))).toEqual({ text });
  });

  it("is refused where it cannot be one", async () => {
    for (const wrong of [file(), file("x".repeat(70_000)), file(new Uint8Array([0x30, 0x82, 0xff])), file("a\0b")])
      expect(await readKeyFile(wrong)).toHaveProperty("complaint");
  });
});
