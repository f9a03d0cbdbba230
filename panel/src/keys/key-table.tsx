import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import Pagination from "@cloudscape-design/components/pagination";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useEffect, useMemo, useState } from "react";
import { useNavigate } from "react-router";

import { problemOf } from "../api/problem";
import { useMay } from "../session/context";
import { useSystemName, useSystems } from "../systems/queries";
import { EnvironmentLabel, HealthLabel, OrganizationMark } from "../ui/labels";
import { ProblemAlert } from "../ui/problem-alert";
import { Time } from "../ui/time";
import { useDebounced } from "../ui/use-debounced";
import { type KeyFilter, type KeySummary, type ListedKey, useKeyList, useSavedKeys } from "./queries";
import { merged } from "./saved";

interface KeyTableProps {
  /** What this list is about in any case. */
  filter: KeyFilter;
  header: React.ReactNode;
}

const PAGE_ROWS = 25;
const ANY: SelectProps.Option = { value: "", label: "Any system" };
const ENVIRONMENTS: SelectProps.Option[] = [
  { value: "", label: "Live and test" },
  { value: "live", label: "Live" },
  { value: "test", label: "Test" },
];

/** A list of keys: searched by title, filtered, sorted, and a page at a time. */
export function KeyTable({ filter, header }: KeyTableProps) {
  const [title, setTitle] = useState("");
  const [systemId, setSystemId] = useState("");
  const [environment, setEnvironment] = useState("");
  const [page, setPage] = useState(1);
  const [sorting, setSorting] = useState<TableProps.SortingState<KeySummary>>({ sortingColumn: TITLE });
  const titlePrefix = useDebounced(title.trim(), 250);
  const asked = useMemo<KeyFilter>(
    () => ({
      systemId: filter.systemId ?? (systemId || undefined),
      environment: environment || undefined,
      titlePrefix: titlePrefix || undefined,
    }),
    [filter.systemId, systemId, environment, titlePrefix],
  );
  const list = useKeyList(asked);
  const saved = useSavedKeys();
  const loaded = useMemo(
    () => merged(list.data?.pages.flatMap((page) => page.items) ?? [], saved, asked),
    [list.data, saved, asked],
  );
  // The API lists by title. For any other order, all that there is must be here first.
  const needsAll = sorting.sortingColumn.sortingField !== "title" || sorting.isDescending === true;
  const needed = needsAll ? Number.POSITIVE_INFINITY : page * PAGE_ROWS + 1;
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = list;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && loaded.length < needed) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, loaded.length, needed, fetchNextPage]);
  const rows = useMemo(() => sorted(loaded, sorting), [loaded, sorting]);
  const pages = Math.max(1, Math.ceil(rows.length / PAGE_ROWS));
  const shown = rows.slice((page - 1) * PAGE_ROWS, page * PAGE_ROWS);
  const isFiltered = titlePrefix !== "" || systemId !== "" || environment !== "";
  const first = () => setPage(1);
  const clear = () => {
    setTitle("");
    setSystemId("");
    setEnvironment("");
    first();
  };
  const columns = useColumns(filter.systemId !== undefined);
  return (
    <SpaceBetween size="l">
      {list.error !== null && (
        <ProblemAlert
          problem={problemOf(list.error)}
          action={<Button onClick={() => void list.refetch()}>Try again</Button>}
        />
      )}
      <Table
        variant="full-page"
        header={header}
        items={shown as KeySummary[]}
        trackBy="key_id"
        columnDefinitions={columns}
        sortingColumn={sorting.sortingColumn}
        sortingDescending={sorting.isDescending ?? false}
        onSortingChange={({ detail }) => {
          setSorting(detail);
          first();
        }}
        loading={list.isPending || (needsAll && hasNextPage)}
        loadingText="Loading keys"
        enableKeyboardNavigation
        stickyColumns={{ last: 1 }}
        empty={isFiltered ? <NoMatch onClear={clear} /> : <NoKeys />}
        filter={
          <SpaceBetween direction="horizontal" size="xs">
            <TextFilter
              filteringText={title}
              filteringPlaceholder="Titles that begin with…"
              filteringAriaLabel="Search by title"
              filteringClearAriaLabel="Clear the search"
              onChange={({ detail }) => {
                setTitle(detail.filteringText);
                first();
              }}
            />
            {filter.systemId === undefined && (
              <SystemFilter
                systemId={systemId}
                onChange={(systemId) => {
                  setSystemId(systemId);
                  first();
                }}
              />
            )}
            <Select
              ariaLabel="Environment"
              options={ENVIRONMENTS}
              selectedOption={ENVIRONMENTS.find(({ value }) => value === environment) ?? null}
              onChange={({ detail }) => {
                setEnvironment(detail.selectedOption.value ?? "");
                first();
              }}
            />
          </SpaceBetween>
        }
        pagination={
          <Pagination
            currentPageIndex={page}
            pagesCount={pages}
            openEnd={hasNextPage}
            onChange={({ detail }) => setPage(detail.currentPageIndex)}
            ariaLabels={{
              nextPageLabel: "Next page",
              previousPageLabel: "Previous page",
              pageLabel: (number) => `Page ${number}`,
            }}
          />
        }
        ariaLabels={{ tableLabel: "Keys", itemSelectionLabel: () => "" }}
      />
    </SpaceBetween>
  );
}

function SystemFilter({ systemId, onChange }: { systemId: string; onChange: (systemId: string) => void }) {
  const systems = useSystems();
  const options = [ANY, ...(systems.data ?? []).map(({ system_id, name }) => ({ value: system_id, label: name }))];
  return (
    <Select
      ariaLabel="System"
      filteringType="auto"
      filteringAriaLabel="Find a system"
      options={options}
      statusType={systems.isPending ? "loading" : "finished"}
      selectedOption={options.find(({ value }) => value === systemId) ?? ANY}
      onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
    />
  );
}

function NoKeys() {
  const navigate = useNavigate();
  const mayWrite = useMay("keys:write");
  return (
    <Box textAlign="center" padding="l">
      <SpaceBetween size="s">
        <Box variant="h2">No keys yet</Box>
        <Box color="text-body-secondary">
          A key holds what is needed to sign in to one of your systems, such as a shop or a file server. Its secrets are sealed
          when you save it. Sources and destinations use it from then on, and nobody sees it again.
        </Box>
        {mayWrite && <Button onClick={() => void navigate("/keys/new")}>Create your first key</Button>}
      </SpaceBetween>
    </Box>
  );
}

function NoMatch({ onClear }: { onClear: () => void }) {
  return (
    <Box textAlign="center" padding="l">
      <SpaceBetween size="s">
        <Box variant="h2">No key is like that</Box>
        <Button onClick={onClear}>Show all keys</Button>
      </SpaceBetween>
    </Box>
  );
}

const TITLE: TableProps.SortingColumn<KeySummary> = { sortingField: "title" };

/** The columns, with the names of systems in them. */
function useColumns(oneSystem: boolean): TableProps.ColumnDefinition<KeySummary>[] {
  const nameOf = useSystemName();
  const columns: TableProps.ColumnDefinition<KeySummary>[] = [
    {
      id: "title",
      header: "Title",
      sortingField: "title",
      isRowHeader: true,
      minWidth: 220,
      cell: (key) => (isReadable(key) ? <Title row={key} /> : <Unreadable keyId={(key as ListedKey).key_id} />),
    },
    { id: "system", header: "System", sortingField: "system_id", cell: (key) => isReadable(key) && nameOf(key.system_id) },
    {
      id: "health",
      header: "Health",
      sortingField: "health",
      cell: (key) => isReadable(key) && <HealthLabel result={key.health} />,
    },
    {
      id: "expires",
      header: "Expires",
      sortingField: "expires_at",
      cell: (key) => isReadable(key) && <Expiry at={key.expires_at ?? null} />,
    },
    { id: "uses", header: "Active uses", sortingField: "active_uses", cell: (key) => isReadable(key) && key.active_uses },
  ];
  return oneSystem ? columns.filter(({ id }) => id !== "system") : columns;
}

function isReadable(key: ListedKey): key is KeySummary {
  return "title" in key;
}

function Title({ row }: { row: KeySummary }) {
  const navigate = useNavigate();
  const path = `/keys/${row.key_id}`;
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Link
        href={`#${path}`}
        onFollow={(event) => {
          event.preventDefault();
          void navigate(path);
        }}
      >
        {row.title}
      </Link>
      <EnvironmentLabel environment={row.environment} />
      <OrganizationMark shown={row.organization_specific} />
    </SpaceBetween>
  );
}

function Unreadable({ keyId }: { keyId: string }) {
  return <StatusIndicator type="error">{keyId} cannot be read</StatusIndicator>;
}

function Expiry({ at }: { at: string | null }) {
  if (at === null) return "never";
  return Date.parse(at) < Date.now() ? <StatusIndicator type="error">expired</StatusIndicator> : <Time at={at} />;
}

function sorted(rows: readonly ListedKey[], { sortingColumn, isDescending }: TableProps.SortingState<KeySummary>): ListedKey[] {
  const field = sortingColumn.sortingField as keyof KeySummary;
  if (field === "title" && isDescending !== true) return [...rows];
  const valueOf = (row: ListedKey) => (isReadable(row) ? (row[field] ?? null) : null);
  const direction = isDescending === true ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [valueOf(a), valueOf(b)];
    // What has no value stands last in both directions.
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return compare(left, right) * direction;
  });
}

function compare(left: unknown, right: unknown): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  return String(left).localeCompare(String(right), "en", { sensitivity: "base" });
}
