import { expect, test } from "vitest";

import { askedHost, hostKeyRequest } from "./host-key-request";

test("a server is asked once its host is there in full, and while there is no fingerprint", () => {
  expect(askedHost({ host: "sftp.example.com" })).toBe("sftp.example.com:22");
  expect(askedHost({ host: "sftp.example.com", port: "2222", host_key: "" })).toBe("sftp.example.com:2222");
  expect(askedHost({})).toBeNull();
  expect(askedHost({ host: "sftp" })).toBeNull();
  expect(askedHost({ host: "sftp.example." })).toBeNull();
  expect(askedHost({ host: "sftp://sftp.example.com" })).toBeNull();
  expect(askedHost({ host: "sftp.example.com", port: "ssh" })).toBeNull();
  expect(askedHost({ host: "sftp.example.com", host_key: "SHA256:abc" })).toBeNull();
});

test("the question holds the server alone", () => {
  const { entries, title } = hostKeyRequest("sftp.example.com:2222", "live");
  expect(title).toBe("Fingerprint");
  expect(entries?.default?.fields).toEqual({
    host: "sftp.example.com",
    port: "2222",
    username: "nobody",
    password: "none is sent",
  });
});
