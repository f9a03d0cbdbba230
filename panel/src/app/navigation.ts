import type { SideNavigationProps } from "@cloudscape-design/components/side-navigation";

import type { Claims } from "../session/claims";

/** Where somebody can go. */
export type Place = "keys" | "streams" | "audit" | "account";

/** Whether a place is there for somebody. What a role or an account does not have does not exist. */
export function isOpen(place: Place, claims: Claims): boolean {
  switch (place) {
    case "keys":
      return claims.permissions.has("keys:read");
    case "streams":
      return claims.permissions.has("streams:read");
    case "audit":
      return claims.permissions.has("audit:read");
    case "account":
      return claims.permissions.has("account:admin");
  }
}

/** The links at the side. */
export function navigation(claims: Claims): SideNavigationProps.Item[] {
  const shown = (place: Place, ...links: [text: string, href: string][]): SideNavigationProps.Link[] =>
    isOpen(place, claims) ? links.map(([text, href]) => ({ type: "link", text, href })) : [];
  const settings = [
    ...shown("keys", ["Integrations", "#/settings/integrations"]),
    ...shown("account", ["Account", "#/settings/account"], ["Members", "#/settings/members"]),
  ];
  return [
    ...shown("keys", ["Keys", "#/keys"]),
    ...shown("streams", ["Sources", "#/sources"], ["Destinations", "#/destinations"]),
    ...shown("audit", ["Activity", "#/activity"]),
    ...(settings.length === 0 ? [] : [{ type: "section" as const, text: "Settings", items: settings }]),
  ];
}
