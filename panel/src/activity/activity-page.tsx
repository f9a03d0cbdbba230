import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import DatePicker from "@cloudscape-design/components/date-picker";
import Header from "@cloudscape-design/components/header";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { TableProps } from "@cloudscape-design/components/table";
import { useMutation } from "@tanstack/react-query";
import { useMemo } from "react";

import { useFormerMembers, useMembers, useNameOf } from "../account/queries";
import { useApi } from "../api/client";
import { problemOf } from "../api/problem";
import { usePage } from "../app/frame";
import { isOpen } from "../app/navigation";
import { useSay } from "../app/notices";
import { changedName } from "../keys/page/told";
import { useClaims } from "../session/context";
import { EnvironmentFilter, environmentOf } from "../ui/filter-bar";
import { EnvironmentLabel } from "../ui/labels";
import { PageLink } from "../ui/page-link";
import { counterText, PagedTable } from "../ui/paged-table";
import { ExactTime } from "../ui/time";
import { UnreadableAlert } from "../ui/unreadable-alert";
import { type ListAddress, useListAddress } from "../ui/use-list-address";
import { Words } from "../ui/words";
import { csvOf, download } from "./csv";
import { type ActivityFilter, filterOf, KINDS, titlesOf } from "./filter";
import { type Activity, MOST_IN_A_FILE, readAll, useActivity } from "./queries";

/** What was done in the account: the changes of all keys, newest first. */
export function ActivityPage() {
  usePage("Activity");
  const address = useListAddress();
  const { get } = address;
  const text = JSON.stringify(filterOf(get));
  const filter = useMemo(() => JSON.parse(text) as ActivityFilter, [text]);
  const list = useActivity(filter);
  const rows = useMemo(() => list.data?.pages.flatMap(({ items }) => items) ?? [], [list.data]);
  const unreadable = list.data?.pages.flatMap((page) => page.unreadable ?? []) ?? [];
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  return (
    <SpaceBetween size="l">
      <UnreadableAlert what="Changes" names={unreadable} />
      <PagedTable
        name="Changes"
        list={list}
        rows={rows}
        trackBy={({ key_id, sequence }) => `${key_id}#${sequence}`}
        columns={useColumns()}
        address={address}
        hasActions={false}
        header={
          <Header
            variant="h1"
            counter={counterText(list, rows.length)}
            description={HELD}
            actions={<CsvButton filter={filter} isDisabled={rows.length === 0} />}
          >
            Activity
          </Header>
        }
        filter={<Filters address={address} rows={rows} />}
        empty={<Nothing isFiltered={isFiltered} onClear={() => address.change(NO_FILTER)} />}
      />
    </SpaceBetween>
  );
}

/** What the page holds, and where the rest is. */
const HELD =
  "Every change of every key, also of keys that are gone. What keys were used for stands on their own pages. " +
  "Sources, destinations, webhooks, members and the account are not here: their pages say who changed them last.";

const NO_FILTER = { by: "", key: "", action: "", environment: "", day: "" };

function Nothing({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  return (
    <Box textAlign="center" padding="l">
      <SpaceBetween size="s">
        <Box variant="h2">{isFiltered ? "No change is like that" : "Nothing was changed yet"}</Box>
        {isFiltered ? (
          <Button onClick={onClear}>Show all</Button>
        ) : (
          <Box color="text-body-secondary">When a key is created, changed or deleted, it is told here.</Box>
        )}
      </SpaceBetween>
    </Box>
  );
}

function useColumns(): TableProps.ColumnDefinition<Activity>[] {
  const nameOf = useNameOf();
  const claims = useClaims();
  const seesKeys = isOpen("keys", claims);
  return [
    { id: "at", header: "When", isRowHeader: true, minWidth: 160, cell: ({ at }) => <ExactTime at={at} /> },
    { id: "by", header: "Who", minWidth: 160, cell: ({ by }) => <Words>{nameOf(by)}</Words> },
    { id: "what", header: "What", minWidth: 160, cell: (row) => <What row={row} /> },
    {
      id: "key",
      header: "Key",
      minWidth: 200,
      cell: ({ key_id, key_title, environment }) => (
        <SpaceBetween direction="horizontal" size="xs">
          {seesKeys ? <PageLink to={`/keys/${key_id}?tab=activity`}>{key_title}</PageLink> : <Words>{key_title}</Words>}
          <EnvironmentLabel environment={environment} />
        </SpaceBetween>
      ),
    },
    { id: "version", header: "Version", cell: ({ key_version }) => key_version },
  ];
}

function What({ row }: { row: Activity }) {
  const names = changesOf(row);
  return (
    <SpaceBetween size="xxs">
      <span>{kindOf(row)}</span>
      {names !== "" && (
        <Box fontSize="body-s" color="text-body-secondary">
          {names}
        </Box>
      )}
    </SpaceBetween>
  );
}

function kindOf({ action, restored }: Activity): string {
  const kind = (KINDS as Record<string, string>)[action] ?? action;
  return restored == null ? kind : `${kind}: ${restored}`;
}

function changesOf({ changed }: Activity): string {
  return changed.map((path) => changedName(path, undefined, "")).join(", ");
}

const ANYBODY = { value: "", label: "Anybody" };
const ANY_KEY = { value: "", label: "Any key" };
const ANY_KIND = { value: "", label: "Any change" };

function Filters({ address, rows }: { address: ListAddress; rows: readonly Activity[] }) {
  const { get, change } = address;
  const people = usePeopleOptions(rows, get("by"));
  const titles = titlesOf(rows);
  const key = get("key");
  if (key !== "" && !titles.has(key)) titles.set(key, key);
  const keys = [...titles].map(([value, label]) => ({ value, label, description: value }));
  const kinds = Object.entries(KINDS).map(([value, label]) => ({ value, label }));
  const environment = environmentOf(address);
  const seesKeys = isOpen("keys", useClaims());
  return (
    <SpaceBetween direction="horizontal" size="xs" alignItems="center">
      <Choice name="Who" options={[ANYBODY, ...people]} value={get("by")} onChange={(by) => change({ by })} />
      <Choice name="Key" options={[ANY_KEY, ...keys]} value={key} onChange={(key) => change({ key })} />
      <Choice
        name="Kind of change"
        options={[ANY_KIND, ...kinds]}
        value={get("action")}
        onChange={(action) => change({ action })}
      />
      <EnvironmentFilter environment={environment} onChange={(environment) => change({ environment })} />
      <DatePicker
        value={get("day")}
        ariaLabel="Day"
        placeholder="YYYY/MM/DD"
        openCalendarAriaLabel={(day) => (day === null ? "Choose a day" : `Choose a day, now ${day}`)}
        previousMonthAriaLabel="Previous month"
        nextMonthAriaLabel="Next month"
        todayAriaLabel="Today"
        onChange={({ detail }) => change({ day: detail.value })}
      />
      {key !== "" && seesKeys && <PageLink to={`/keys/${key}?tab=activity`}>What this key was used for</PageLink>}
    </SpaceBetween>
  );
}

interface ChoiceProps {
  name: string;
  options: readonly SelectProps.Option[];
  value: string;
  onChange: (value: string) => void;
}

function Choice({ name, options, value, onChange }: ChoiceProps) {
  return (
    <Select
      ariaLabel={name}
      options={options}
      filteringType={options.length > 10 ? "auto" : "none"}
      filteringAriaLabel={`Find: ${name}`}
      filteringClearAriaLabel="Clear the search"
      selectedOption={options.find((option) => option.value === value) ?? options[0] ?? null}
      onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
    />
  );
}

/** The people of the account, those who were removed, and whoever else changed what is shown. */
function usePeopleOptions(rows: readonly Activity[], chosen: string): { value: string; label: string }[] {
  const nameOf = useNameOf();
  const members = useMembers().data ?? [];
  const former = useFormerMembers().data ?? [];
  const people = [...members, ...former].map(({ member_id }) => `person:${member_id}`);
  const all = new Set([...people, ...rows.map(({ by }) => by), ...(chosen === "" ? [] : [chosen])]);
  return [...all].map((value) => ({ value, label: nameOf(value) })).toSorted((a, b) => a.label.localeCompare(b.label));
}

function CsvButton({ filter, isDisabled }: { filter: ActivityFilter; isDisabled: boolean }) {
  const api = useApi();
  const say = useSay();
  const { subject, email } = useClaims();
  const nameOf = useNameOf();
  // A file is for others, too.
  const inFile = (by: string) => (by === `person:${subject}` ? email : nameOf(by));
  const saving = useMutation({
    mutationFn: () => readAll(api, filter),
    onSuccess: ({ rows, isCut }) => {
      const lines = rows.map((row) => [
        row.at,
        inFile(row.by),
        row.by,
        kindOf(row),
        row.key_title,
        row.key_id,
        row.environment,
        String(row.key_version),
        changesOf(row),
        String(row.sequence),
        row.hash,
      ]);
      download("keyward-activity.csv", csvOf([HEADS, ...lines]));
      const more = isCut ? ` They are the newest ${MOST_IN_A_FILE}: choose a day for others.` : "";
      const count = rows.length === 1 ? "one change" : `${rows.length} changes`;
      say(isCut ? "warning" : "success", `The file has ${count}.${more}`);
    },
    onError: (error) => say("error", problemOf(error).title),
  });
  return (
    <Button iconName="download" disabled={isDisabled} loading={saving.isPending} onClick={() => saving.mutate()}>
      Download CSV
    </Button>
  );
}

const HEADS = [
  "Time",
  "Who",
  "Who, by id",
  "What",
  "Key",
  "Key, by id",
  "Environment",
  "Version",
  "Changed",
  "Place in the key's chain",
  "Hash of the entry",
];
