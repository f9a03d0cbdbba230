import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";

import { problemOf } from "../../api/problem";
import { PageLink } from "../../ui/page-link";
import { ProblemAlert } from "../../ui/problem-alert";
import { Time } from "../../ui/time";
import { type KeyUse, useKeyUses } from "./queries";

/** What uses the key now. */
export function UsesTab({ keyId }: { keyId: string }) {
  const uses = useKeyUses(keyId);
  const rows = uses.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <SpaceBetween size="m">
      {uses.error !== null && (
        <ProblemAlert
          problem={problemOf(uses.error)}
          action={<Button onClick={() => void uses.refetch()}>Try again</Button>}
        />
      )}
      <UsesTable
        uses={rows}
        isLoading={uses.isPending}
        header={
          <Header variant="h2" description="While one of these is active, the key cannot be deleted.">
            Active uses
          </Header>
        }
      />
      {uses.hasNextPage && (
        <Button onClick={() => void uses.fetchNextPage()} loading={uses.isFetchingNextPage}>
          Show more
        </Button>
      )}
    </SpaceBetween>
  );
}

interface UsesTableProps {
  uses: readonly KeyUse[];
  isLoading?: boolean;
  header?: React.ReactNode;
}

/** Webhooks have no page of their own: they stand with the credentials. */
function pageOf(kind: string, id: string): string {
  return kind === "webhook" ? "/settings/integrations?tab=credentials" : `/${kind}s/${id}`;
}

/** Sources, destinations and webhooks that use a key. */
export function UsesTable({ uses, isLoading = false, header }: UsesTableProps) {
  return (
    <Table
      header={header}
      items={uses}
      trackBy="id"
      loading={isLoading}
      loadingText="Loading what uses the key"
      ariaLabels={{ tableLabel: "What uses the key", itemSelectionLabel: () => "" }}
      variant="container"
      empty={
        <Box textAlign="center" color="text-body-secondary" padding="s">
          Nothing active uses this key.
        </Box>
      }
      columnDefinitions={[
        {
          id: "title",
          header: "Title",
          isRowHeader: true,
          cell: ({ kind, id, title }) => <PageLink to={pageOf(kind, id)}>{title}</PageLink>,
        },
        { id: "kind", header: "Kind", cell: ({ kind }) => kind },
        { id: "organization", header: "Organization", cell: ({ organization }) => organization ?? "-" },
        { id: "since", header: "Since", cell: ({ since }) => <Time at={since} /> },
      ]}
    />
  );
}
