import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { TableProps } from "@cloudscape-design/components/table";
import { useMemo, useState } from "react";
import { useNavigate } from "react-router";

import { usePage } from "../app/frame";
import { useMay } from "../session/context";
import { useSystemName } from "../systems/queries";
import { EnvironmentFilter, environmentOf, FilterBar } from "../ui/filter-bar";
import { ActiveLabel, EnvironmentLabel } from "../ui/labels";
import { NoMatch } from "../ui/no-match";
import { PageLink } from "../ui/page-link";
import { counterText, PagedTable } from "../ui/paged-table";
import { RowActions } from "../ui/row-actions";
import { merged } from "../ui/saved";
import {
  askedWords,
  beyondText,
  coming,
  isCutOff,
  SEARCHED_PAGES,
  SEARCHED_PAGES_HERE,
  searched,
} from "../ui/searched";
import { useListAddress } from "../ui/use-list-address";
import { Words } from "../ui/words";
import { DeleteDialog } from "./delete-dialog";
import { KeyLink } from "./key-link";
import { KINDS, type Kind, triggerText } from "./kinds";
import {
  type EndpointFilter,
  type EndpointSummary,
  rulesOf,
  summaryOf,
  useEndpointList,
  useNamedKeys,
  useSavedEndpoints,
} from "./queries";
import { useMayConnect } from "./rights";

/** The sources or the destinations of the account. */
export function EndpointsPage({ kind }: { kind: Kind }) {
  const { titles, about, plural } = KINDS[kind];
  usePage(titles);
  const navigate = useNavigate();
  const mayConnect = useMayConnect();
  const address = useListAddress();
  const { prefix } = address;
  const environment = environmentOf(address);
  const asked = { environment: environment || undefined };
  const isSearch = prefix !== "";
  const read = useEndpointList(kind, asked, isSearch ? SEARCHED_PAGES_HERE : undefined);
  const words = askedWords(prefix);
  const isAsked = words !== undefined;
  const isCut = isAsked && isCutOff(read.data?.pages, SEARCHED_PAGES_HERE);
  const found = useEndpointList(kind, { ...asked, words }, SEARCHED_PAGES, isAsked);
  const saved = useSavedEndpoints();
  const nameOf = useSystemName();
  const filteredBy = JSON.stringify(asked);
  const rows = useMemo(() => {
    const itemsOf = (data: typeof read.data) => (data?.pages.flatMap(({ items }) => items) ?? []).map(summaryOf);
    const rules = rulesOf(kind, JSON.parse(filteredBy) as EndpointFilter);
    const listed = merged(itemsOf(read.data), saved, rules) as EndpointSummary[];
    const ids = new Set(listed.map(({ id }) => id));
    // Of what was just saved, the list knows more than the API's search: whether it is still there.
    const known = isAsked ? itemsOf(found.data).filter(({ id }) => ids.has(id) || !saved.has(id)) : [];
    const textsOf = (row: EndpointSummary) =>
      isReadable(row) ? [row.title, nameOf(row.system_id), row.system_id, row.function, row.id] : [row.id];
    return searched(listed, { text: prefix, found: known as EndpointSummary[], idOf: ({ id }) => id, textsOf });
  }, [read.data, found.data, isAsked, saved, kind, filteredBy, prefix, nameOf]);
  const list = isAsked ? coming(read, found, rows.length > 0) : read;
  const [deleting, setDeleting] = useState<EndpointSummary | null>(null);
  const columns = useColumns(kind, rows, setDeleting);
  const create = () => void navigate(`/${plural}/new`);
  return (
    <>
      <PagedTable
        name={titles}
        list={list}
        rows={rows}
        trackBy={({ id }) => id}
        columns={columns}
        address={address}
        isNarrowed={isSearch}
        header={
          <Header
            variant="h1"
            counter={counterText(list, rows.length)}
            description={about}
            actions={
              mayConnect && (
                <Button variant="primary" onClick={create}>
                  Create {kind}
                </Button>
              )
            }
          >
            {titles}
          </Header>
        }
        filter={
          <FilterBar address={address} note={isCut ? beyondText(plural, isCutOff(found.data?.pages)) : null}>
            <EnvironmentFilter environment={environment} onChange={(environment) => address.change({ environment })} />
          </FilterBar>
        }
        empty={
          prefix !== "" || environment !== "" ? (
            <NoMatch what={kind} prefix={prefix} onClear={address.clear} />
          ) : (
            <None kind={kind} onCreate={mayConnect ? create : null} />
          )
        }
      />
      {deleting !== null && <DeleteDialog kind={kind} target={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}

function None({ kind, onCreate }: { kind: Kind; onCreate: (() => void) | null }) {
  return (
    <Box textAlign="center" padding="l">
      <SpaceBetween size="s">
        <Box variant="h2">No {KINDS[kind].plural} yet</Box>
        <Box color="text-body-secondary">
          A {kind} says which system data {kind === "source" ? "comes from" : "goes to"}, which of the platform’s
          functions moves it, and which key it uses. First create a key for the system, then choose it here.
        </Box>
        {onCreate !== null && <Button onClick={onCreate}>Create your first {kind}</Button>}
      </SpaceBetween>
    </Box>
  );
}

type Column = TableProps.ColumnDefinition<EndpointSummary>;

function useColumns(kind: Kind, rows: readonly EndpointSummary[], onDelete: (row: EndpointSummary) => void): Column[] {
  const navigate = useNavigate();
  const mayWrite = useMay("streams:write");
  const mayConnect = useMayConnect();
  const nameOf = useSystemName();
  const keys = useNamedKeys(rows.map(({ key_id }) => key_id));
  const { plural } = KINDS[kind];
  const columns: Column[] = [
    {
      id: "title",
      header: "Title",
      sortingField: "title",
      isRowHeader: true,
      minWidth: 200,
      cell: (row) =>
        isReadable(row) ? (
          <SpaceBetween direction="horizontal" size="xs">
            <Words>
              <PageLink to={`/${plural}/${row.id}`}>{row.title}</PageLink>
            </Words>
            <EnvironmentLabel environment={row.environment} />
          </SpaceBetween>
        ) : (
          <StatusIndicator type="error">{(row as { id: string }).id} cannot be read</StatusIndicator>
        ),
    },
    {
      id: "active",
      header: "State",
      sortingField: "active",
      minWidth: 110,
      cell: (row) => isReadable(row) && <ActiveLabel active={row.active} />,
    },
    {
      id: "system",
      header: "System",
      sortingField: "system_id",
      cell: (row) => isReadable(row) && nameOf(row.system_id),
    },
    { id: "function", header: "Function", sortingField: "function", cell: (row) => isReadable(row) && row.function },
    { id: "trigger", header: "Trigger", cell: (row) => isReadable(row) && triggerText(row.trigger) },
    {
      id: "key",
      header: "Key",
      cell: (row) =>
        isReadable(row) && (
          <KeyLink id={row.key_id} organization={row.organization} keys={keys} edit={`/${plural}/${row.id}/edit`} />
        ),
    },
  ];
  const actions: Column = {
    id: "actions",
    header: "Actions",
    minWidth: 110,
    cell: (row) =>
      isReadable(row) && (
        <RowActions
          name={row.title}
          onEdit={mayConnect ? () => void navigate(`/${plural}/${row.id}/edit`) : null}
          onRemove={() => onDelete(row)}
        />
      ),
  };
  return mayWrite ? [...columns, actions] : columns;
}

function isReadable(row: EndpointSummary): boolean {
  return "title" in row;
}
