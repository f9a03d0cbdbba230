import type { Account } from "./account";

/** Every page of the panel, by name, with its address in an account where something goes on. */
export function pages(account: Account): [name: string, address: string][] {
  return [
    ["keys", "#/keys"],
    ["create-key", "#/keys/new?system=custom-http"],
    ["edit-key", `#/keys/${account.key}/edit`],
    ["edit-organization-key", `#/keys/${account.organizationKey}/edit`],
    ["key", `#/keys/${account.key}`],
    ["sources", "#/sources"],
    ["create-source", "#/sources/new"],
    ["source", `#/sources/${account.source}`],
    ["edit-source", `#/sources/${account.source}/edit`],
    ["destinations", "#/destinations"],
    ["destination", `#/destinations/${account.destination}`],
    ["integrations", "#/settings/integrations"],
    ["account", "#/settings/account"],
    ["members", "#/settings/members"],
    ["no-such-page", "#/nowhere"],
  ];
}
