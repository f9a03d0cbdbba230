import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { Who } from "../../account/who";
import { problemOf } from "../../api/problem";
import { useMay } from "../../session/context";
import { useSystem } from "../../systems/queries";
import { ProblemAlert } from "../../ui/problem-alert";
import { ExactTime } from "../../ui/time";
import { UnreadableAlert } from "../../ui/unreadable-alert";
import type { Key } from "../queries";
import { useKeyVersions, type Version } from "./queries";
import { RestoreDialog } from "./restore-dialog";
import { changedName } from "./told";

/** Who changed what and when, and the way back. */
export function VersionsTab({ data }: { data: Key }) {
  const versions = useKeyVersions(data.key_id);
  const mayWrite = useMay("keys:write");
  const system = useSystem(data.system_id).data;
  const [restoring, setRestoring] = useState<Version | null>(null);
  return (
    <SpaceBetween size="m">
      {versions.error !== null && (
        <ProblemAlert
          problem={problemOf(versions.error)}
          action={<Button onClick={() => void versions.refetch()}>Try again</Button>}
        />
      )}
      <UnreadableAlert what="Versions" names={versions.data?.unreadable ?? []} />
      <Table
        header={
          <Header variant="h2" description="The last 20 are kept, with the secrets that they had. No value is shown.">
            Versions
          </Header>
        }
        items={versions.data?.items ?? []}
        trackBy={({ version }) => String(version)}
        loading={versions.isPending}
        loadingText="Loading versions"
        ariaLabels={{ tableLabel: "Versions", itemSelectionLabel: () => "" }}
        wrapLines
        columnDefinitions={[
          {
            id: "version",
            header: "Version",
            isRowHeader: true,
            cell: ({ version }) => (version === data.version ? `${version} (now)` : version),
          },
          { id: "made", header: "Made", cell: ({ made_at }) => <ExactTime at={made_at} /> },
          { id: "by", header: "By", cell: ({ made_by }) => <Who id={made_by} /> },
          {
            id: "changed",
            header: "What changed",
            cell: ({ changed, auth }) => changed.map((path) => changedName(path, system, auth)).join(", "),
          },
          {
            id: "to",
            header: "Authentication, and where it goes",
            cell: ({ auth, origins }) =>
              `${system?.auth.find(({ id }) => id === auth)?.label ?? auth}: ${origins.join(", ")}`,
          },
          {
            id: "actions",
            header: "Actions",
            minWidth: 110,
            cell: (row) =>
              mayWrite &&
              row.version !== data.version && (
                <Button
                  variant="inline-link"
                  ariaLabel={`Restore version ${row.version}`}
                  onClick={() => setRestoring(row)}
                >
                  Restore
                </Button>
              ),
          },
        ]}
      />
      {restoring !== null && <RestoreDialog data={data} version={restoring} onClose={() => setRestoring(null)} />}
    </SpaceBetween>
  );
}
