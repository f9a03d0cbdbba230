import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import Spinner from "@cloudscape-design/components/spinner";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useMemo } from "react";
import { createHashRouter, Navigate, Outlet, type RouteObject } from "react-router";
import { RouterProvider } from "react-router/dom";

import { ApiProvider, makeApi } from "../api/client";
import type { AskToSignIn } from "../api/send";
import type { Config } from "../config";
import { KINDS, type Kind } from "../endpoints/kinds";
import { KeysPage } from "../keys/list-page";
import { SessionProvider, useClaims } from "../session/context";
import type { Session } from "../session/session";
import { noteNavigations } from "./acted";
import { Frame, usePage } from "./frame";
import { isOpen, navigation, type Place } from "./navigation";
import { NoSuchPage } from "./no-such-page";
import { NoticesProvider } from "./notices";
import { PlainPage } from "./plain-page";
import { SignInAgain } from "./sign-in-again";
import { SignOutPage } from "./sign-out-page";
import { numberTypedAddresses } from "./typed-addresses";
import { UnexpectedError } from "./unexpected-error";

/** Pages that are fetched when somebody goes there. */
const lazy = (load: () => Promise<React.ComponentType>) => async () => ({ Component: await load() });

function routes(config: Config): RouteObject[] {
  return [
    {
      element: <Frame config={config} />,
      errorElement: <UnexpectedError />,
      hydrateFallbackElement: <Spinner size="large" />,
      children: [
        { index: true, element: <Home /> },
        {
          element: <OpenTo place="keys" />,
          children: [
            { path: "keys", element: <KeysPage /> },
            { path: "keys/new", lazy: lazy(async () => (await import("../keys/create-page")).CreateKeyPage) },
            {
              path: "keys/deleted",
              lazy: lazy(async () => (await import("../keys/deleted-page")).DeletedKeysPage),
            },
            { path: "keys/:keyId", lazy: lazy(async () => (await import("../keys/page/key-page")).KeyPage) },
            { path: "keys/:keyId/edit", lazy: lazy(async () => (await import("../keys/edit-page")).EditKeyPage) },
            {
              path: "connection/:outcome",
              lazy: lazy(async () => (await import("../connect/connection-page")).ConnectionPage),
            },
            {
              path: "settings/integrations",
              lazy: lazy(async () => (await import("../settings/integrations-page")).IntegrationsPage),
            },
            {
              path: "settings/integrations/:systemId",
              lazy: lazy(async () => (await import("../settings/guide-page")).GuidePage),
            },
          ],
        },
        {
          element: <OpenTo place="streams" />,
          children: [...endpointRoutes("source"), ...endpointRoutes("destination")],
        },
        {
          element: <OpenTo place="audit" />,
          children: [
            { path: "activity", lazy: lazy(async () => (await import("../activity/activity-page")).ActivityPage) },
          ],
        },
        {
          element: <OpenTo place="account" />,
          children: [
            {
              path: "settings/account",
              lazy: lazy(async () => (await import("../settings/account-page")).AccountPage),
            },
            { path: "settings/members", lazy: lazy(async () => (await import("../members/members-page")).MembersPage) },
          ],
        },
        {
          path: "settings/sign-in",
          lazy: lazy(async () => (await import("./own-sign-in-page")).OwnSignInPage),
        },
        { path: "sign-out", element: <SignOutPage /> },
        { path: "*", element: <NoSuchPage /> },
      ],
    },
  ];
}

/** The pages of sources or of destinations. */
function endpointRoutes(kind: Kind): RouteObject[] {
  const { plural } = KINDS[kind];
  const page = (load: () => Promise<React.ComponentType<{ kind: Kind }>>) => async () => {
    const Page = await load();
    return { element: <Page key={kind} kind={kind} /> };
  };
  return [
    { path: plural, lazy: page(async () => (await import("../endpoints/list-page")).EndpointsPage) },
    { path: `${plural}/new`, lazy: page(async () => (await import("../endpoints/edit-pages")).CreateEndpointPage) },
    { path: `${plural}/:id`, lazy: page(async () => (await import("../endpoints/endpoint-page")).EndpointPage) },
    { path: `${plural}/:id/edit`, lazy: page(async () => (await import("../endpoints/edit-pages")).EditEndpointPage) },
  ];
}

/** Pages that are there for those who may see them. For anybody else there is no such page. */
function OpenTo({ place }: { place: Place }) {
  return isOpen(place, useClaims()) ? <Outlet /> : <NoSuchPage />;
}

/** The sender repeats what is worth repeating, so that an error that comes through to here is an answer. */
function queryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: false, staleTime: 5_000, networkMode: "always" },
      mutations: { networkMode: "always" },
    },
  });
}

function Home() {
  usePage("Start");
  const [first] = navigation(useClaims());
  if (first?.type === "link") return <Navigate to={first.href.slice(1)} replace />;
  return (
    <ContentLayout header={<Header variant="h1">Keys are managed for you</Header>}>
      <Alert type="info">
        In your account, keys are managed by your provider or by its owners. Ask an owner if you need one.
      </Alert>
    </ContentLayout>
  );
}

/** The panel of somebody who is signed in. */
export function App({ config, session }: { config: Config; session: Session }) {
  return (
    <SessionProvider value={session}>
      <SignInAgain session={session}>{(ask) => <Inside config={config} session={session} ask={ask} />}</SignInAgain>
    </SessionProvider>
  );
}

function Inside({ config, session, ask }: { config: Config; session: Session; ask: AskToSignIn }) {
  const api = useMemo(() => makeApi(session, ask), [session, ask]);
  const queries = useMemo(() => queryClient(), []);
  const router = useMemo(() => {
    const follow = numberTypedAddresses();
    const router = createHashRouter(routes(config));
    router.subscribe(follow);
    noteNavigations(router);
    return router;
  }, [config]);
  const claims = useClaims();
  if (claims.account === null) return <NoMembership email={claims.email} session={session} />;
  return (
    <ApiProvider value={api}>
      <QueryClientProvider client={queries}>
        <NoticesProvider>
          <RouterProvider router={router} />
        </NoticesProvider>
      </QueryClientProvider>
    </ApiProvider>
  );
}

function NoMembership({ email, session }: { email: string; session: Session }) {
  return (
    <PlainPage
      title="You are not a member of an account"
      type="info"
      action={<Button onClick={() => void session.signOut()}>Sign out</Button>}
    >
      You are signed in as {email}, and no account has you as an active member. Ask an owner of your account to invite
      this address, or sign out and use another one.
    </PlainPage>
  );
}
