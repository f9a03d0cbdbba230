import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { lazy, Suspense } from "react";

import { Who } from "../../account/who";
import { problemOf } from "../../api/problem";
import { type System, useSystem } from "../../systems/queries";
import { HealthLabel } from "../../ui/labels";
import { ProblemAlert } from "../../ui/problem-alert";
import { ExactTime } from "../../ui/time";
import { UnreadableAlert } from "../../ui/unreadable-alert";
import type { Key } from "../queries";
import { type TrailEntry, useTrail } from "./queries";
import { told } from "./told";

/** The chart is the largest thing on the page, and nobody waits for it. */
const UsesChart = lazy(async () => ({ default: (await import("./uses-chart")).UsesChart }));

interface ActivityTabProps {
  keyId: string;
  /** Of what system it is and how it authenticates; null of a key that is deleted. */
  about: Pick<Key, "system_id" | "auth"> | null;
}

/** Every change and every use of a key, newest first. A deleted key's stay. */
export function ActivityTab({ keyId, about }: ActivityTabProps) {
  const trail = useTrail(keyId);
  const system = useSystem(about?.system_id ?? null).data;
  const unreadable = trail.data?.pages.flatMap((page) => page.unreadable ?? []) ?? [];
  const entries = trail.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <SpaceBetween size="l">
      {trail.error !== null && (
        <ProblemAlert
          problem={problemOf(trail.error)}
          action={<Button onClick={() => void trail.refetch()}>Try again</Button>}
        />
      )}
      <Container header={<Header variant="h2">Uses per day</Header>}>
        <Suspense fallback={<Box color="text-body-secondary">Loading the chart</Box>}>
          <UsesChart trail={entries} hasMore={trail.hasNextPage} />
        </Suspense>
      </Container>
      <HealthHistory entries={entries} />
      <UnreadableAlert what="Changes or uses" names={unreadable} />
      <Table
        header={
          <Header variant="h2" description="Changes are chained by their hashes; each use has its receipt.">
            Timeline
          </Header>
        }
        items={entries}
        loading={trail.isPending}
        loadingText="Loading what happened"
        wrapLines
        ariaLabels={{ tableLabel: "Timeline", itemSelectionLabel: () => "" }}
        columnDefinitions={[
          { id: "at", header: "When", isRowHeader: true, cell: ({ at }) => <ExactTime at={at} /> },
          {
            id: "what",
            header: "What",
            cell: (entry) => <What entry={entry} system={system} auth={about?.auth ?? ""} />,
          },
          { id: "by", header: "By", cell: ({ by }) => <Who id={by} /> },
          { id: "version", header: "Version", cell: ({ key_version }) => key_version },
        ]}
      />
      {trail.hasNextPage && (
        <Button onClick={() => void trail.fetchNextPage()} loading={trail.isFetchingNextPage} loadingText="Loading">
          Show more
        </Button>
      )}
    </SpaceBetween>
  );
}

function What({ entry, system, auth }: { entry: TrailEntry; system: System | undefined; auth: string }) {
  const { text, detail } = told(entry, system, auth);
  return (
    <SpaceBetween size="xxs">
      <span>{text}</span>
      {detail !== null && (
        <Box fontSize="body-s" color="text-body-secondary">
          {detail}
        </Box>
      )}
    </SpaceBetween>
  );
}

/** How the key fared whenever it was tried against its system. */
function HealthHistory({ entries }: { entries: readonly TrailEntry[] }) {
  const trials = entries.filter(({ use }) => use?.purpose === "verify");
  return (
    <Container header={<Header variant="h2">Health history</Header>}>
      {trials.length === 0 ? (
        <Alert type="info">The key was not tried against its system yet: Test connection does that.</Alert>
      ) : (
        <ul aria-label="Health history">
          {trials.map(({ at, by, key_version, use }) => (
            <li key={use?.receipt_id}>
              {use?.outcome == null ? "No outcome of the stored key" : <HealthLabel result={use.outcome} />},{" "}
              <ExactTime at={at} />, version {key_version}
              {use?.organization == null ? "" : `, for ${use.organization}`}, by <Who id={by} />
            </li>
          ))}
        </ul>
      )}
    </Container>
  );
}
