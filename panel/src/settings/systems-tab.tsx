import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Table from "@cloudscape-design/components/table";
import { useNavigate } from "react-router";

import { problemOf } from "../api/problem";
import { useMay } from "../session/context";
import { connectionName, guideOf } from "../systems/about";
import { type SystemSummary, useSystems } from "../systems/queries";
import { PageLink } from "../ui/page-link";
import { ProblemAlert } from "../ui/problem-alert";

/** The systems that keys can be for, each with the way to make one. */
export function SystemsTab() {
  const navigate = useNavigate();
  const systems = useSystems();
  const mayWrite = useMay("keys:write");
  if (systems.error !== null) {
    return (
      <ProblemAlert
        problem={problemOf(systems.error)}
        action={<Button onClick={() => void systems.refetch()}>Try again</Button>}
      />
    );
  }
  return (
    <Table<SystemSummary>
      header={
        <Header
          variant="h2"
          description="Each has a guide, which its name leads to, and a template of what its keys need."
        >
          Systems
        </Header>
      }
      items={systems.data ?? []}
      trackBy="system_id"
      loading={systems.isPending}
      loadingText="Loading systems"
      wrapLines
      ariaLabels={{ tableLabel: "Systems", itemSelectionLabel: () => "" }}
      columnDefinitions={[
        {
          id: "name",
          header: "Name",
          isRowHeader: true,
          cell: ({ system_id, name }) => <PageLink to={guideOf(system_id)}>{name}</PageLink>,
        },
        { id: "summary", header: "What it is", cell: ({ summary }) => summary },
        { id: "kind", header: "Connection", cell: ({ kind }) => connectionName(kind) },
        ...(mayWrite
          ? [
              {
                id: "actions",
                header: "Actions",
                cell: ({ system_id, name }: SystemSummary) => (
                  <Button
                    variant="inline-link"
                    ariaLabel={`Create key for ${name}`}
                    onClick={() => void navigate(`/keys/new?system=${system_id}`)}
                  >
                    Create key
                  </Button>
                ),
              },
            ]
          : []),
      ]}
    />
  );
}
