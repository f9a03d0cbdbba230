import Select from "@cloudscape-design/components/select";
import { useMemo, useState } from "react";

import { useSystems } from "../systems/queries";
import { type EnvironmentChoice, EnvironmentFilter, FilterBar, useTitleFilter } from "../ui/filter-bar";
import { NoMatch } from "../ui/no-match";
import { PagedTable } from "../ui/paged-table";
import { merged } from "../ui/saved";
import { DeleteDialog } from "./delete-dialog";
import { useColumns, useRowActions } from "./key-columns";
import { type KeyFilter, type KeySummary, rulesOf, useKeyList, useSavedKeys } from "./queries";

interface KeyTableProps {
  /** What this list is about in any case. */
  filter: KeyFilter;
  header: React.ReactNode;
  /** What a list without keys says. */
  empty: React.ReactNode;
  onEdit: (row: KeySummary) => void;
  variant?: "full-page" | "embedded";
}

const ANY = { value: "", label: "Any system" };

/** A list of keys: searched by title, filtered, sorted, and a page at a time. */
export function KeyTable({ filter, header, empty, onEdit, variant = "full-page" }: KeyTableProps) {
  const title = useTitleFilter();
  const [systemId, setSystemId] = useState("");
  const [environment, setEnvironment] = useState<EnvironmentChoice>("");
  const asked = useMemo<KeyFilter>(
    () => ({
      systemId: filter.systemId ?? (systemId || undefined),
      environment: environment || undefined,
      titlePrefix: title.prefix || undefined,
    }),
    [filter.systemId, systemId, environment, title.prefix],
  );
  const list = useKeyList(asked);
  const saved = useSavedKeys();
  const rows = useMemo(
    () => merged(list.data?.pages.flatMap((page) => page.items) ?? [], saved, rulesOf(asked)) as KeySummary[],
    [list.data, saved, asked],
  );
  const isFiltered = title.prefix !== "" || systemId !== "" || environment !== "";
  const clear = () => {
    title.set("");
    setSystemId("");
    setEnvironment("");
  };
  const [deleting, setDeleting] = useState<KeySummary | null>(null);
  const columns = useColumns(filter.systemId !== undefined, useRowActions({ onEdit, onDelete: setDeleting }));
  return (
    <>
      <PagedTable
        name="Keys"
        list={list}
        rows={rows}
        trackBy={({ key_id }) => key_id}
        columns={columns}
        filteredBy={JSON.stringify(asked)}
        header={header}
        empty={isFiltered ? <NoMatch what="key" onClear={clear} /> : empty}
        variant={variant}
        filter={
          <FilterBar title={title}>
            {filter.systemId === undefined && <SystemFilter systemId={systemId} onChange={setSystemId} />}
            <EnvironmentFilter environment={environment} onChange={setEnvironment} />
          </FilterBar>
        }
      />
      {deleting !== null && <DeleteDialog target={deleting} onClose={() => setDeleting(null)} />}
    </>
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
