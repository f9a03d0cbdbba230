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
  coming,
  isCutOff,
  SEARCHED_PAGES,
  SEARCHED_PAGES_HERE,
  searched,
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
  const isAsked = words !== undefined;
  const isCut = isAsked && isCutOff(read.data?.pages, SEARCHED_PAGES_HERE);
  const found = useKeyList({ ...asked, words }, SEARCHED_PAGES, isAsked);
  const saved = useSavedKeys();
  const nameOf = useSystemName();
  const rows = useMemo(() => {
    const itemsOf = (data: typeof read.data) => data?.pages.flatMap((page) => page.items) ?? [];
    const textsOf = (key: KeySummary) =>
      isReadable(key)
        ? [key.title, nameOf(key.system_id), key.system_id, key.base_url ?? "", key.key_id]
        : [(key as { key_id: string }).key_id];
    const listed = merged(itemsOf(read.data), saved, rulesOf(asked)) as KeySummary[];
    const ids = new Set(listed.map(({ key_id }) => key_id));
    // Of what was just saved, the list knows more than the API's search: whether it is still there.
    const known = isAsked ? itemsOf(found.data).filter(({ key_id }) => ids.has(key_id) || !saved.has(key_id)) : [];
    return searched(listed, { text: prefix, found: known as KeySummary[], idOf: ({ key_id }) => key_id, textsOf });
  }, [read.data, found.data, isAsked, saved, asked, prefix, nameOf]);
  const attention = attentionOf(address.get("attention"));
  const now = useNow();
  const shown = useMemo(() => rows.filter((row) => needsAttention(row, attention, now)), [rows, attention, now]);
  const list = isAsked ? coming(read, found, shown.length > 0) : read;
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
      filteringClearAriaLabel="Clear the search"
      options={options}
      statusType={systems.isPending ? "loading" : "finished"}
      selectedOption={options.find(({ value }) => value === systemId) ?? ANY}
      onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
    />
  );
}
