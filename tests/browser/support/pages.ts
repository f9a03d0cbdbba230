import type { Account } from "./account";

/** Every page of the panel, by name, with its address in an account where something goes on. */
export function pages(account: Account): [name: string, address: string][] {
  return [
    ["keys", "#/keys"],
    ["create-key", "#/keys/new?system=custom-http"],
    ["edit-key", `#/keys/${account.key}/edit`],
    ["edit-organization-key", `#/keys/${account.organizationKey}/edit`],
    ["key", `#/keys/${account.key}`],
    ["no-such-page", "#/nowhere"],
  ];
}
