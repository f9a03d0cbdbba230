import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { TableProps } from "@cloudscape-design/components/table";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useNavigate } from "react-router";

import { dataOf, ifMatch, useApi } from "../api/client";
import { usePage } from "../app/frame";
import { AFTER_SAVE, useSay } from "../app/notices";
import { useMay } from "../session/context";
import { useSystemName } from "../systems/queries";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { EnvironmentFilter, environmentOf, FilterBar } from "../ui/filter-bar";
import { EnvironmentLabel } from "../ui/labels";
import { NoMatch } from "../ui/no-match";
import { counterText, PagedTable } from "../ui/paged-table";
import { isCutOff, SEARCHED_PAGES, SEARCHED_ROWS, withWords } from "../ui/searched";
import { ExactTime, Time } from "../ui/time";
import { useListAddress } from "../ui/use-list-address";
import { Words } from "../ui/words";
import { useFreshForLive } from "./fresh";
import { isReadable, type KeyFilter, type KeySummary, keyWasDeleted, keyWasSaved, useKeyList } from "./queries";

type Deed = { what: "undelete" | "purge"; row: KeySummary };

/** What the list says that has more. */
const CUT_TEXT = `Words are searched in the first ${SEARCHED_ROWS} by title.`;

/** The deleted keys that can be brought back. */
export function DeletedKeysPage() {
  usePage("Deleted keys", [{ text: "Keys", href: "#/keys" }]);
  const address = useListAddress();
  const environment = environmentOf(address);
  const { prefix } = address;
  const nameOf = useSystemName();
  const asked = useMemo<KeyFilter>(() => ({ deleted: true, environment: environment || undefined }), [environment]);
  const isSearch = prefix !== "";
  const list = useKeyList(asked, isSearch ? SEARCHED_PAGES : undefined);
  const rows = useMemo(() => {
    const readable = (list.data?.pages.flatMap(({ items }) => items) ?? []).filter(isReadable);
    return withWords(readable, prefix, (row) => [row.title, nameOf(row.system_id), row.system_id, row.key_id]);
  }, [list.data, prefix, nameOf]);
  const [deed, setDeed] = useState<Deed | null>(null);
  const isFiltered = prefix !== "" || environment !== "";
  return (
    <>
      <PagedTable
        name="Deleted keys"
        list={list}
        rows={rows}
        isNarrowed={isSearch}
        trackBy={({ key_id }) => key_id}
        columns={useDeletedColumns(setDeed)}
        address={address}
        header={
          <Header
            variant="h1"
            counter={counterText(list, rows.length)}
            description="For seven days a deleted key can be brought back. Then its secrets are destroyed."
          >
            Deleted keys
          </Header>
        }
        empty={isFiltered ? <NoMatch what="deleted key" prefix={prefix} onClear={address.clear} /> : <NoneDeleted />}
        filter={
          <FilterBar address={address} note={isSearch && isCutOff(list.data?.pages) ? CUT_TEXT : null}>
            <EnvironmentFilter environment={environment} onChange={(environment) => address.change({ environment })} />
          </FilterBar>
        }
      />
      {deed?.what === "undelete" && <UndeleteDialog row={deed.row} onClose={() => setDeed(null)} />}
      {deed?.what === "purge" && <PurgeDialog row={deed.row} onClose={() => setDeed(null)} />}
    </>
  );
}

function NoneDeleted() {
  return (
    <Box textAlign="center" padding="l">
      <Box variant="h2">No deleted keys</Box>
      <Box color="text-body-secondary">A key that you delete stays here for seven days.</Box>
    </Box>
  );
}

function useDeletedColumns(onDeed: (deed: Deed) => void): TableProps.ColumnDefinition<KeySummary>[] {
  const nameOf = useSystemName();
  const mayDelete = useMay("keys:delete");
  const columns: TableProps.ColumnDefinition<KeySummary>[] = [
    {
      id: "title",
      header: "Title",
      sortingField: "title",
      isRowHeader: true,
      minWidth: 200,
      cell: (key) => (
        <SpaceBetween direction="horizontal" size="xs">
          <Words>{key.title}</Words>
          <EnvironmentLabel environment={key.environment} />
        </SpaceBetween>
      ),
    },
    { id: "system", header: "System", sortingField: "system_id", cell: (key) => nameOf(key.system_id) },
    { id: "deleted", header: "Deleted", sortingField: "updated_at", cell: (key) => <Time at={key.updated_at} /> },
    {
      id: "until",
      header: "Can be brought back until",
      sortingField: "recoverable_until",
      cell: (key) => key.recoverable_until != null && <ExactTime at={key.recoverable_until} />,
    },
  ];
  if (!mayDelete) return columns;
  const actions: TableProps.ColumnDefinition<KeySummary> = {
    id: "actions",
    header: "Actions",
    minWidth: 220,
    cell: (row) => (
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        <Button ariaLabel={`Bring back ${row.title}`} onClick={() => onDeed({ what: "undelete", row })}>
          Bring back
        </Button>
        <Button
          variant="inline-link"
          ariaLabel={`Destroy now: the secrets of ${row.title}`}
          onClick={() => onDeed({ what: "purge", row })}
        >
          Destroy now
        </Button>
      </SpaceBetween>
    ),
  };
  return [...columns, actions];
}

function UndeleteDialog({ row, onClose }: { row: KeySummary; onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const say = useSay();
  const navigate = useNavigate();
  const fresh = useFreshForLive(row);
  const undeleting = useMutation({
    mutationFn: async () => {
      await fresh();
      return dataOf(api.POST("/v1/keys/{key_id}/undelete", { params: { path: { key_id: row.key_id } } }));
    },
    onSuccess: async (key) => {
      await keyWasSaved(queries, key);
      say("success", `“${row.title}” is back.`);
      void navigate(`/keys/${row.key_id}`, AFTER_SAVE);
    },
  });
  return (
    <ConfirmDialog
      title={`Bring “${row.title}” back?`}
      action="Bring back"
      doing="Bringing back"
      error={undeleting.error}
      isPending={undeleting.isPending}
      onConfirm={() => undeleting.mutate()}
      onClose={onClose}
    >
      The key can be used again from then on, with the secrets that it had. Sources and destinations that used it before
      do not use it again by themselves.
    </ConfirmDialog>
  );
}

function PurgeDialog({ row, onClose }: { row: KeySummary; onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const say = useSay();
  const fresh = useFreshForLive(row);
  const purging = useMutation({
    mutationFn: async () => {
      await fresh();
      const params = { path: { key_id: row.key_id }, query: { purge: "now" as const }, header: ifMatch(row.version) };
      return dataOf(api.DELETE("/v1/keys/{key_id}", { params }));
    },
    onSuccess: () => {
      keyWasDeleted(queries, row.key_id);
      say("success", `The secrets of “${row.title}” are being destroyed.`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={`Destroy the secrets of “${row.title}”?`}
      action="Destroy"
      doing="Destroying"
      error={purging.error}
      isPending={purging.isPending}
      onConfirm={() => purging.mutate()}
      onClose={onClose}
    >
      <Alert type="warning">Nobody can bring the key back then. What happened to it stays in the audit trail.</Alert>
    </ConfirmDialog>
  );
}
