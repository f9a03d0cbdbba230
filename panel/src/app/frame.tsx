import AppLayout from "@cloudscape-design/components/app-layout";
import BreadcrumbGroup, { type BreadcrumbGroupProps } from "@cloudscape-design/components/breadcrumb-group";
import SideNavigation, { type SideNavigationProps } from "@cloudscape-design/components/side-navigation";
import TopNavigation from "@cloudscape-design/components/top-navigation";
import { createContext, lazy, Suspense, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { Outlet, useLocation, useNavigate } from "react-router";

import { useAccount } from "../account/queries";
import type { Config } from "../config";
import { useFindShortcut } from "../find/use-find-shortcut";
import { useClaims } from "../session/context";
import { navigation } from "./navigation";
import { NoticesBar } from "./notices";
import { SIGN_OUT } from "./sign-out";
import { SkipLink } from "./skip-link";
import { type Theme, useTheme } from "./theme";
import { useHeadingFocus } from "./use-heading-focus";

/** Fetched when somebody searches for the first time. */
const FindDialog = lazy(() => import("../find/find-dialog"));

type Crumb = BreadcrumbGroupProps.Item;

const CrumbsContext = createContext<(crumbs: Crumb[]) => void>(() => undefined);

/** Names the page in the window's title and in the line above it; `crumbs` lead to it. */
export function usePage(title: string, crumbs: readonly Crumb[] = []): void {
  const show = useContext(CrumbsContext);
  const trail = JSON.stringify([...crumbs, { text: title, href: location.hash }]);
  useEffect(() => {
    document.title = `${title} - Keyward`;
    show(JSON.parse(trail) as Crumb[]);
  }, [title, trail, show]);
}

/** What surrounds every page: the bar at the top, the navigation, and what has happened. */
export function Frame({ config }: { config: Config }) {
  const claims = useClaims();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const account = useAccount();
  const [crumbs, setCrumbs] = useState<Crumb[]>([]);
  const [navigationOpen, setNavigationOpen] = useState(() => matchMedia("(min-width: 689px)").matches);
  const [isFinding, setFinding] = useState(false);
  const find = useCallback(() => setFinding(true), []);
  useFindShortcut(find);
  useHeadingFocus();
  const sections = useMemo(() => navigation(claims), [claims]);
  const follow = (event: CustomEvent<{ href?: string; external?: boolean }>) => {
    const { href, external } = event.detail;
    if (href === undefined || external === true) return;
    event.preventDefault();
    void navigate(href.replace(/^#/, ""));
  };
  return (
    <CrumbsContext.Provider value={setCrumbs}>
      <SkipLink />
      <div id="top-navigation">
        <TopBar config={config} onFind={find} />
      </div>
      <AppLayout
        headerSelector="#top-navigation"
        toolsHide
        navigationOpen={navigationOpen}
        onNavigationChange={({ detail }) => setNavigationOpen(detail.open)}
        navigation={
          <SideNavigation
            header={{ text: account.data?.title ?? claims.account ?? "Keyward", href: "#/" }}
            items={sections}
            activeHref={activeHref(sections, `#${pathname}`)}
            onFollow={follow}
          />
        }
        breadcrumbs={
          crumbs.length > 1 && <BreadcrumbGroup items={crumbs} onFollow={follow} ariaLabel="Where you are" />
        }
        notifications={<NoticesBar />}
        content={<Outlet />}
        ariaLabels={{
          navigation: "Main",
          navigationClose: "Close the navigation",
          navigationToggle: "Open the navigation",
          notifications: "What has happened",
        }}
      />
      {isFinding && (
        <Suspense>
          <FindDialog onClose={() => setFinding(false)} />
        </Suspense>
      )}
    </CrumbsContext.Provider>
  );
}

function TopBar({ config, onFind }: { config: Config; onFind: () => void }) {
  const navigate = useNavigate();
  const { email } = useClaims();
  const [theme, setTheme] = useTheme();
  return (
    <TopNavigation
      identity={{ href: "#/", title: config.local ? "Keyward LOCAL" : "Keyward" }}
      utilities={[
        { type: "button", text: "Find", iconName: "search", title: "Find (press /)", onClick: onFind },
        ...(config.local ? [MAIL] : []),
        {
          type: "menu-dropdown",
          text: "Theme",
          ariaLabel: "Theme",
          items: THEMES.map(({ id, text }) => ({
            id,
            text,
            itemType: "checkbox" as const,
            checked: id === theme,
          })),
          onItemClick: ({ detail }) => setTheme(detail.id as Theme),
        },
        {
          type: "menu-dropdown",
          text: email,
          iconName: "user-profile",
          ariaLabel: `Signed in as ${email}`,
          items: [
            { id: "own-sign-in", text: "Your sign-in" },
            { id: "sign-out", text: "Sign out" },
          ],
          onItemClick: ({ detail }) =>
            void (detail.id === "sign-out" ? navigate(...SIGN_OUT) : navigate("/settings/sign-in")),
        },
      ]}
      i18nStrings={{ overflowMenuTriggerText: "More", overflowMenuTitleText: "All" }}
    />
  );
}

/** At the local stack alone: what is deployed sends mails. */
const MAIL = {
  type: "button",
  text: "Mail",
  iconName: "envelope",
  title: "Mails that AWS would send",
  href: "/mail",
  external: true,
  externalIconAriaLabel: "opens a new tab",
} as const;

const THEMES: readonly { id: Theme; text: string }[] = [
  { id: "auto", text: "As the system" },
  { id: "light", text: "Light" },
  { id: "dark", text: "Dark" },
];

function activeHref(items: readonly SideNavigationProps.Item[], path: string): string | undefined {
  const links = items.flatMap((item) => (item.type === "section" ? item.items : [item]));
  const hrefs = links.flatMap((item) => (item.type === "link" ? [item.href] : []));
  return hrefs.find((href) => path === href || path.startsWith(`${href}/`));
}
