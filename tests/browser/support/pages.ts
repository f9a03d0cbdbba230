import { expect, type Locator, type Page } from "@playwright/test";

import type { Account } from "./account";
import type { Stack } from "./stack";

/** A page of the panel in an account where something goes on. */
export interface PanelPage {
  name: string;
  address: string;
  /** Its heading. */
  heading: string | RegExp;
  /** What is there once all of it has come. */
  shows: string | RegExp;
}

/** Every page of the panel. */
export function pages(account: Account): PanelPage[] {
  const key = { heading: /^Live UK ERP/, address: `#/keys/${account.key}` };
  return [
    { name: "keys", address: "#/keys", heading: "Keys", shows: "Live UK ERP" },
    { name: "create-key", address: "#/keys/new?system=custom-http", heading: "Create key", shows: "Content-Type" },
    { name: "edit-key", address: `#/keys/${account.key}/edit`, heading: /^Edit Live UK ERP/, shows: "Content-Type" },
    {
      name: "edit-organization-key",
      address: `#/keys/${account.organizationKey}/edit`,
      heading: /^Edit Staging stores/,
      shows: "Add Organization Credential",
    },
    { ...key, name: "key", shows: "AKIDEXAMPLE" },
    { ...key, name: "key-uses", address: `${key.address}?tab=uses`, shows: "Orders of the UK ERP" },
    { ...key, name: "key-use", address: `${key.address}?tab=use`, shows: "Programs name the key by its id" },
    { ...key, name: "key-versions", address: `${key.address}?tab=versions`, shows: "1 (now)" },
    { ...key, name: "key-activity", address: `${key.address}?tab=activity`, shows: "Signed a request" },
    {
      name: "organization-key",
      address: `#/keys/${account.organizationKey}`,
      heading: /^Staging stores/,
      shows: "acme-uk",
    },
    { name: "deleted-keys", address: "#/keys/deleted", heading: /^Deleted keys/, shows: "Old ERP" },
    { name: "sources", address: "#/sources", heading: "Sources", shows: "Orders of the UK ERP" },
    { name: "create-source", address: "#/sources/new", heading: "Create source", shows: "Settings as JSON" },
    { name: "source", address: `#/sources/${account.source}`, heading: "Orders of the UK ERP", shows: "page_size" },
    {
      name: "edit-source",
      address: `#/sources/${account.source}/edit`,
      heading: "Edit Orders of the UK ERP",
      shows: "Live UK ERP",
    },
    { name: "destinations", address: "#/destinations", heading: "Destinations", shows: "Stock of the staging stores" },
    {
      name: "create-destination",
      address: "#/destinations/new",
      heading: "Create destination",
      shows: "Settings as JSON",
    },
    {
      name: "destination",
      address: `#/destinations/${account.destination}`,
      heading: /^Stock of the staging stores/,
      shows: "Staging stores",
    },
    {
      name: "edit-destination",
      address: `#/destinations/${account.destination}/edit`,
      heading: "Edit Stock of the staging stores",
      shows: "Organization",
    },
    { name: "activity", address: "#/activity", heading: /^Activity/, shows: "Live UK ERP" },
    { name: "systems", address: "#/settings/integrations", heading: "Integrations", shows: "Descartes Peoplevox" },
    {
      name: "guide",
      address: "#/settings/integrations/netsuite",
      heading: "Guide to NetSuite",
      shows: "Consumer secret",
    },
    { name: "apps", address: "#/settings/integrations?tab=apps", heading: "Integrations", shows: "Demo system" },
    {
      name: "connection",
      address: "#/connection/denied",
      heading: "Nothing was granted",
      shows: "The system was told not to grant access.",
    },
    {
      name: "credentials",
      address: "#/settings/integrations?tab=credentials",
      heading: "Integrations",
      shows: "Orders to the ERP",
    },
    { name: "account", address: "#/settings/account", heading: "Account", shows: "Add organization" },
    { name: "members", address: "#/settings/members", heading: "Members", shows: "owner@acme.example (you)" },
    { name: "own-sign-in", address: "#/settings/sign-in", heading: "Your sign-in", shows: "Sign out everywhere" },
    { name: "no-such-page", address: "#/nowhere", heading: "There is no such page", shows: "Go to the start" },
  ];
}

/** Goes to a page, and waits until all of it has come. */
export async function open(page: Page, stack: Stack, { address, heading, shows }: PanelPage): Promise<void> {
  await page.goto(`${stack.origin}/${address}`);
  await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
  await expect(page.getByRole("main").getByText(shows).first()).toBeVisible();
  await expect(page.getByText("Loading")).toHaveCount(0);
}

/** What opens over a page: where, and by which button; or by which menu and which of its items. */
type Dialog = [address: string, button: string, item?: string];

/** What opens over pages, in an account where a key was renamed and somebody was invited. */
export async function dialogs(stack: Stack, account: Account): Promise<Dialog[]> {
  const owner = "owner@acme.example";
  await stack.call(owner, "PATCH", `/v1/keys/${account.key}`, { title: "UK ERP" }, { "if-match": '"1"' });
  await stack.call(owner, "POST", "/v1/members", { email: "new@acme.example", role: "viewer" });
  return [
    ["#/keys", "Delete UK ERP"],
    ["#/keys", "Delete Staging stores"],
    [`#/keys/${account.key}`, "Disable"],
    [`#/keys/${account.key}`, "Replace everywhere"],
    [`#/keys/${account.key}`, "Test connection"],
    [`#/keys/${account.key}?tab=versions`, "Restore version 1"],
    [`#/sources/${account.source}`, "Detach key"],
    [`#/sources/${account.source}`, "Deactivate"],
    [`#/sources/${account.source}`, "Delete"],
    ["#/keys/deleted", "Bring back Old ERP"],
    ["#/settings/integrations?tab=apps", "Add app"],
    ["#/settings/integrations?tab=credentials", "Add Credential"],
    ["#/settings/integrations?tab=credentials", "Add Webhook"],
    ["#/settings/integrations?tab=credentials", "Show the deliveries of Orders to the ERP"],
    ["#/settings/members", "Invite somebody"],
    ["#/settings/members", "Edit editor@acme.example"],
    ["#/settings/members", "Remove editor@acme.example"],
    ["#/settings/members", "More about editor@acme.example", "Reset the second factor"],
    ["#/settings/members", "More about new@acme.example", "Send the invitation again"],
    ["#/settings/sign-in", "Sign out everywhere"],
  ];
}

/** Opens one of them, and waits until all of it has come. */
export async function openDialog(page: Page, stack: Stack, [address, button, item]: Dialog): Promise<Locator> {
  await page.goto(`${stack.origin}/${address}`);
  await page.getByRole("main").getByRole("button", { name: button, exact: true }).first().click();
  if (item !== undefined) await page.getByRole("menuitem", { name: item }).click();
  const dialog = page.getByRole("dialog").filter({ visible: true });
  await expect(dialog).toBeVisible();
  await expect(dialog.getByText(/^(Loading|Looking)/)).toHaveCount(0);
  return dialog;
}
