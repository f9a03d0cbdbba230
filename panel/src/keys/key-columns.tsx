import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { TableProps } from "@cloudscape-design/components/table";

import { useMay } from "../session/context";
import { useSystemName } from "../systems/queries";
import { DisabledMark, EnvironmentLabel, HealthLabel, OrganizationMark } from "../ui/labels";
import { PageLink } from "../ui/page-link";
import { RowActions } from "../ui/row-actions";
import { Time } from "../ui/time";
import { Words } from "../ui/words";
import { Expiry } from "./expiry";
import { isReadable, type KeySummary, type ListedKey } from "./queries";

/** The columns, with the names of systems in them. */
export function useColumns(
  oneSystem: boolean,
  rowActions: TableProps.ColumnDefinition<KeySummary> | null,
): TableProps.ColumnDefinition<KeySummary>[] {
  const nameOf = useSystemName();
  const columns: TableProps.ColumnDefinition<KeySummary>[] = [
    {
      id: "title",
      header: "Title",
      sortingField: "title",
      isRowHeader: true,
      minWidth: 200,
      cell: (key) => (isReadable(key) ? <Title row={key} /> : <Unreadable keyId={(key as ListedKey).key_id} />),
    },
    {
      id: "system",
      header: "System",
      sortingField: "system_id",
      cell: (key) => isReadable(key) && nameOf(key.system_id),
    },
    {
      id: "health",
      header: "Health",
      sortingField: "health",
      minWidth: 125,
      cell: (key) => isReadable(key) && <HealthLabel result={key.health} />,
    },
    {
      id: "expires",
      header: "Expires",
      sortingField: "expires_at",
      minWidth: 115,
      cell: (key) => isReadable(key) && <Expiry at={key.expires_at ?? null} />,
    },
    {
      id: "last-used",
      header: "Last used",
      sortingField: "last_used_at",
      cell: (key) => isReadable(key) && (key.last_used_at == null ? "never" : <Time at={key.last_used_at} />),
    },
    {
      id: "uses",
      header: "Active uses",
      sortingField: "active_uses",
      cell: (key) => isReadable(key) && key.active_uses,
    },
    ...(rowActions === null ? [] : [rowActions]),
  ];
  return oneSystem ? columns.filter(({ id }) => id !== "system") : columns;
}

interface RowDeeds {
  onEdit: (row: KeySummary) => void;
  onDelete: (row: KeySummary) => void;
}

/** The pen and the bin, for those who may; none where nobody could press either. */
export function useRowActions({ onEdit, onDelete }: RowDeeds): TableProps.ColumnDefinition<KeySummary> | null {
  const [mayWrite, mayDelete] = [useMay("keys:write"), useMay("keys:delete")];
  if (!mayWrite && !mayDelete) return null;
  return {
    id: "actions",
    header: "Actions",
    minWidth: 110,
    cell: (row) =>
      isReadable(row) && (
        <RowActions
          name={row.title}
          onEdit={mayWrite ? () => onEdit(row) : null}
          onRemove={mayDelete ? () => onDelete(row) : null}
        />
      ),
  };
}

function Title({ row }: { row: KeySummary }) {
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Words>
        <PageLink to={`/keys/${row.key_id}`}>{row.title}</PageLink>
      </Words>
      <DisabledMark state={row.state} />
      <EnvironmentLabel environment={row.environment} />
      <OrganizationMark shown={row.organization_specific} />
    </SpaceBetween>
  );
}

function Unreadable({ keyId }: { keyId: string }) {
  return <StatusIndicator type="error">{keyId} cannot be read</StatusIndicator>;
}
