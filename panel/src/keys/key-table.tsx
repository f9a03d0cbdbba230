import Select from "@cloudscape-design/components/select";
import { useMemo, useState } from "react";

import { useSystemName, useSystems } from "../systems/queries";
import { EnvironmentFilter, environmentOf, FilterBar } from "../ui/filter-bar";
import { NoMatch } from "../ui/no-match";
import { counterText, PagedTable } from "../ui/paged-table";
import { merged } from "../ui/saved";
import {
  askedWords,
  beyondText,
  isCutOff,
  SEARCHED_PAGES,
  SEARCHED_PAGES_HERE,
  together,
  withWords,
} from "../ui/searched";
import { useListAddress } from "../ui/use-list-address";
import { useNow } from "../ui/use-now";
import { attentionOf, needsAttention } from "./attention";
import { AttentionFilter } from "./attention-filter";
import { DeleteDialog } from "./delete-dialog";
import { useColumns, useRowActions } from "./key-columns";
import { isReadable, type KeyFilter, type KeySummary, rulesOf, useKeyList, useSavedKeys } from "./queries";

interface KeyTableProps {
  /** What this list is about in any case. */
  filter: KeyFilter;
  /** The heading, given how many keys there are, such as `(25)`, or `(100+)` while more could come. */
  header: (counter: string) => React.ReactNode;
  /** What a list without keys says. */
  empty: React.ReactNode;
  onEdit: (row: KeySummary) => void;
  variant?: "full-page" | "embedded";
}

const ANY = { value: "", label: "Any system" };

/** A list of keys: searched by any words, filtered, sorted, and a page at a time. */
export function KeyTable({ filter, header, empty, onEdit, variant = "full-page" }: KeyTableProps) {
  const address = useListAddress();
  const { prefix } = address;
  const systemId = filter.systemId === undefined ? address.get("system") : "";
  const environment = environmentOf(address);
  const asked = useMemo<KeyFilter>(
    () => ({
      systemId: filter.systemId ?? (systemId || undefined),
      environment: environment || undefined,
    }),
    [filter.systemId, systemId, environment],
  );
  const isSearch = prefix !== "";
  const read = useKeyList(asked, isSearch ? SEARCHED_PAGES_HERE : undefined);
  const words = askedWords(prefix);
  const isCut = words !== undefined && isCutOff(read.data?.pages, SEARCHED_PAGES_HERE);
  const found = useKeyList({ ...asked, words }, SEARCHED_PAGES, isCut);
  const list = isCut ? found : read;
  const saved = useSavedKeys();
  const nameOf = useSystemName();
  const rows = useMemo(() => {
    const itemsOf = (data: typeof read.data) => data?.pages.flatMap((page) => page.items) ?? [];
    const textsOf = (key: KeySummary) =>
      isReadable(key)
        ? [key.title, nameOf(key.system_id), key.system_id, key.base_url ?? "", key.key_id]
        : [(key as { key_id: string }).key_id];
    const near = withWords(merged(itemsOf(read.data), saved, rulesOf(asked)) as KeySummary[], prefix, textsOf);
    // What was just saved is among them, and the API may not know it yet.
    const beyond = isCut ? itemsOf(found.data).filter(({ key_id }) => !saved.has(key_id)) : [];
    return together(near, beyond as KeySummary[], ({ key_id }) => key_id);
  }, [read.data, found.data, isCut, saved, asked, prefix, nameOf]);
  const attention = attentionOf(address.get("attention"));
  const now = useNow();
  const shown = useMemo(() => rows.filter((row) => needsAttention(row, attention, now)), [rows, attention, now]);
  const isFiltered = attention !== "" || prefix !== "" || systemId !== "" || environment !== "";
  const [deleting, setDeleting] = useState<KeySummary | null>(null);
  const columns = useColumns(filter.systemId !== undefined, useRowActions({ onEdit, onDelete: setDeleting }));
  return (
    <>
      <PagedTable
        name="Keys"
        list={list}
        rows={shown}
        isNarrowed={attention !== "" || isSearch}
        trackBy={({ key_id }) => key_id}
        columns={columns}
        address={address}
        header={header(counterText(list, shown.length))}
        empty={isFiltered ? <NoMatch what="key" prefix={prefix} onClear={address.clear} /> : empty}
        variant={variant}
        filter={
          <FilterBar address={address} note={isCut ? beyondText("keys", isCutOff(found.data?.pages)) : null}>
            {filter.systemId === undefined && (
              <SystemFilter systemId={systemId} onChange={(system) => address.change({ system })} />
            )}
            <EnvironmentFilter environment={environment} onChange={(environment) => address.change({ environment })} />
            <AttentionFilter attention={attention} onChange={(attention) => address.change({ attention })} />
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
