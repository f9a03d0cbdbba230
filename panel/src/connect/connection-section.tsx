import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import { Stamp } from "../account/stamp";
import { type Schemas, useApi } from "../api/client";
import { problemOf } from "../api/problem";
import { useSay } from "../app/notices";
import { useFreshForLive } from "../keys/fresh";
import { type Key, keyHasChanged } from "../keys/queries";
import { useMay } from "../session/context";
import { ProblemAlert } from "../ui/problem-alert";
import { Time } from "../ui/time";
import { outcomeOf } from "./outcomes";
import { beginConnection, useApps } from "./queries";
import { askedScopes, missingScopes, ScopeChoice, startingScopes } from "./scope-choice";
import { listen, openWindow } from "./window";

interface ConnectionSectionProps {
  data: Key;
  connects: Schemas["Connects"];
  /** The entry: `default`, or an organization's id. */
  entry: string;
  /** What people call it. */
  title: string;
}

/** Whether somebody connected an entry, with whom, and the way to do so. */
export function ConnectionSection({ data, connects, entry, title }: ConnectionSectionProps) {
  const mayWrite = useMay("keys:write");
  const connection = data.connections.find((one) => one.entry === entry);
  const grant = connection?.grant ?? null;
  const works = grant?.state === "connected";
  const mayConnect = mayWrite && data.state !== "disabled";
  const [scopes, setScopes] = useState(() => startingScopes(connects, grant));
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="A person consents at the system. Nothing is typed, and no token is shown."
          actions={
            mayConnect && (
              <Connect data={data} entry={entry} scopes={askedScopes(connects, scopes)} isAgain={grant !== null} />
            )
          }
        >
          {title}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <StatusIndicator type={works ? "success" : grant === null ? "pending" : "warning"}>
          {works ? "Connected" : grant === null ? "Not connected yet" : "Has to be connected again"}
        </StatusIndicator>
        {grant?.why != null && <Box>{grant.why}.</Box>}
        {grant !== null && <Granted grant={grant} missing={missingScopes(connects, grant)} />}
        {mayConnect && <ScopeChoice connects={connects} entry={entry} value={scopes} onChange={setScopes} />}
      </SpaceBetween>
    </Container>
  );
}

function Granted({ grant, missing }: { grant: Schemas["Grant"]; missing: string[] }) {
  const app = useApps().data?.find(({ app_id }) => app_id === grant.app_id);
  return (
    <KeyValuePairs
      columns={3}
      items={[
        { label: "Account at the system", value: grant.identity ?? "The system does not say" },
        { label: "App", value: app !== undefined && "title" in app ? app.title : grant.app_id },
        { label: "Connected", value: <Stamp at={grant.connected_at} by={grant.connected_by} /> },
        { label: "Scopes", value: grant.scopes.length === 0 ? "The system does not say" : grant.scopes.join(", ") },
        ...(missing.length === 0 ? [] : [{ label: "Not granted", value: missing.join(", ") }]),
        {
          label: "Access token",
          value:
            grant.expires_at == null ? (
              "Has no end"
            ) : (
              <>
                renewed before <Time at={grant.expires_at} />
              </>
            ),
        },
      ]}
    />
  );
}

interface ConnectProps {
  data: Key;
  entry: string;
  scopes: string[];
  isAgain: boolean;
}

/** Opens the system in a window of its own, or shows a link where the browser blocks that. */
function Connect({ data, entry, scopes, isAgain }: ConnectProps) {
  const api = useApi();
  const queries = useQueryClient();
  const say = useSay();
  const fresh = useFreshForLive(data);
  const [isOther, setOther] = useState(false);
  const [address, setAddress] = useState<string | null>(null);
  const opened = useRef<Window | null>(null);
  const beginning = useMutation({
    mutationFn: async () => {
      if (isOther) await fresh();
      return beginConnection(api, data.key_id, entry, { otherIdentity: isOther, scopes });
    },
    onSuccess: ({ authorize_url }) => {
      if (opened.current === null || opened.current.closed) {
        setAddress(authorize_url);
      } else {
        opened.current.location.href = authorize_url;
      }
    },
    onError: () => opened.current?.close(),
  });
  useEffect(
    () =>
      listen(data.key_id, (outcome) => {
        const told = outcomeOf(outcome);
        say(told.type, `${told.title}. ${told.text}`);
        setAddress(null);
        void keyHasChanged(queries, data.key_id);
      }),
    [data.key_id, queries, say],
  );
  return (
    <SpaceBetween size="xs">
      <SpaceBetween size="m" direction="horizontal" alignItems="center">
        {isAgain && (
          <Checkbox checked={isOther} onChange={({ detail }) => setOther(detail.checked)}>
            Another account is meant
          </Checkbox>
        )}
        <Button
          variant="primary"
          loading={beginning.isPending}
          loadingText="Beginning"
          onClick={() => {
            // While the press still allows it: the browser blocks a window that comes later.
            opened.current = isOther ? null : openWindow();
            setAddress(null);
            beginning.mutate();
          }}
        >
          {isAgain ? "Reconnect" : "Connect"}
        </Button>
      </SpaceBetween>
      {beginning.error !== null && <ProblemAlert problem={problemOf(beginning.error)} />}
      {address !== null && (
        <Alert type="info" header="Go on at the system">
          <Link href={address} variant="primary" target="_blank" rel="opener">
            Open the page of the system
          </Link>{" "}
          and come back when you have consented.
        </Alert>
      )}
    </SpaceBetween>
  );
}
