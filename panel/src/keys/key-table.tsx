import Button from "@cloudscape-design/components/button";
import Pagination from "@cloudscape-design/components/pagination";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useEffect, useMemo, useState } from "react";

import { problemOf } from "../api/problem";
import { useSystems } from "../systems/queries";
import { ProblemAlert } from "../ui/problem-alert";
import { useDebounced } from "../ui/use-debounced";
import { DeleteDialog } from "./delete-dialog";
import { NoKeys, NoMatch } from "./empty-list";
import { TITLE, useColumns, useRowActions } from "./key-columns";
import { type KeyFilter, type KeySummary, useKeyList, useSavedKeys } from "./queries";
import { merged } from "./saved";
import { sorted } from "./sorted";

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
  const [deleting, setDeleting] = useState<KeySummary | null>(null);
  const columns = useColumns(filter.systemId !== undefined, useRowActions(setDeleting));
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
      {deleting !== null && <DeleteDialog target={deleting} onClose={() => setDeleting(null)} />}
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
