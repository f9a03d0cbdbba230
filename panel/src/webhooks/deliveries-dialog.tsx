import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Modal from "@cloudscape-design/components/modal";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { useApi } from "../api/client";
import { problemOf } from "../api/problem";
import { useMay } from "../session/context";
import { ProblemAlert } from "../ui/problem-alert";
import { Time } from "../ui/time";
import {
  type Delivery,
  type DeliveryState,
  deliveriesChanged,
  type Redeliverable,
  redeliver,
  redeliverAll,
  sendTestEvent,
  useDeliveries,
} from "./deliveries";
import type { Webhook } from "./queries";

const STATES: Record<DeliveryState, { type: StatusIndicatorProps.Type; says: string }> = {
  pending: { type: "pending", says: "Pending" },
  delivered: { type: "success", says: "Delivered" },
  failed: { type: "error", says: "Failed" },
  parked: { type: "stopped", says: "Waiting" },
  dropped: { type: "info", says: "Not sent" },
};

const ALL = { value: "", label: "All deliveries" };
const CHOICES = [ALL, ...Object.entries(STATES).map(([value, { says }]) => ({ value, label: says }))];

/** What became of the events of a webhook: each attempt, and the ways to send again. */
export function DeliveriesDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const [state, setState] = useState<DeliveryState | null>(null);
  const list = useDeliveries(webhook.webhook_id, state);
  const act = useActs(webhook);
  const mayWrite = useMay("streams:write");
  const paused = webhook.paused ?? null;
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const chosen = CHOICES.find(({ value }) => value === (state ?? ""));
  return (
    <Modal visible size="max" header={`Deliveries of “${webhook.name}”`} closeAriaLabel="Close" onDismiss={onClose}>
      <SpaceBetween size="m">
        {paused !== null && (
          <Alert
            type="warning"
            header="Deliveries wait"
            action={
              mayWrite && (
                <Button loading={act.isPending} onClick={() => act.mutate({ all: "parked" })}>
                  Resume
                </Button>
              )
            }
          >
            {paused.message}
          </Alert>
        )}
        {act.error !== null && <ProblemAlert problem={problemOf(act.error)} />}
        {list.error !== null && <ProblemAlert problem={problemOf(list.error)} />}
        <SpaceBetween direction="horizontal" size="xs" alignItems="end">
          <FormField label="Show">
            <Select
              options={CHOICES}
              selectedOption={chosen ?? ALL}
              onChange={({ detail }) => setState((detail.selectedOption.value || null) as DeliveryState | null)}
            />
          </FormField>
          <Button iconName="refresh" ariaLabel="Read the deliveries anew" onClick={() => void list.refetch()} />
          {mayWrite && (
            <Button
              disabled={!webhook.active}
              disabledReason="Activate the webhook first."
              loading={act.isPending}
              onClick={() => act.mutate({ test: true })}
            >
              Send test event
            </Button>
          )}
          {mayWrite && (
            <Button loading={act.isPending} onClick={() => act.mutate({ all: "failed" })}>
              Redeliver all that failed
            </Button>
          )}
        </SpaceBetween>
        <Table
          variant="embedded"
          items={rows}
          trackBy="delivery_id"
          columnDefinitions={mayWrite ? [...COLUMNS, againColumn((id) => act.mutate({ one: id }))] : COLUMNS}
          loading={list.isPending}
          loadingText="Loading deliveries"
          wrapLines
          ariaLabels={{ tableLabel: "Deliveries", itemSelectionLabel: () => "" }}
          empty={<Box textAlign="center">No events were sent{state === null ? " yet" : " with this outcome"}.</Box>}
          footer={
            list.hasNextPage && (
              <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                Show older deliveries
              </Button>
            )
          }
        />
      </SpaceBetween>
    </Modal>
  );
}

type Act = { test: true } | { one: string } | { all: Redeliverable };

/** What a person does here. Afterwards the list is read anew. */
function useActs({ webhook_id }: Webhook) {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (act: Act) => {
      if ("test" in act) await sendTestEvent(api, webhook_id);
      else if ("one" in act) await redeliver(api, webhook_id, act.one);
      else await redeliverAll(api, webhook_id, act.all);
    },
    onSuccess: () => {
      void deliveriesChanged(queries);
      // The delivery of a test event is planned a moment later.
      setTimeout(() => void deliveriesChanged(queries), 1_500);
    },
  });
}

type Column = TableProps.ColumnDefinition<Delivery>;

const COLUMNS: Column[] = [
  {
    id: "event",
    header: "Event",
    isRowHeader: true,
    cell: ({ type, event_id }) => (
      <>
        {type}
        <Box color="text-body-secondary" fontSize="body-s">
          {event_id}
        </Box>
      </>
    ),
  },
  { id: "at", header: "When", cell: ({ at }) => <Time at={at} /> },
  {
    id: "state",
    header: "State",
    cell: ({ state, reason = null, due_at = null }) => (
      <>
        <StatusIndicator type={STATES[state].type}>{STATES[state].says}</StatusIndicator>
        {reason !== null && <Box fontSize="body-s">{reason}</Box>}
        {due_at !== null && (
          <Box fontSize="body-s" color="text-body-secondary">
            Next look: <Time at={due_at} />
          </Box>
        )}
      </>
    ),
  },
  { id: "attempts", header: "Attempts", minWidth: 260, cell: (delivery) => <Attempts of={delivery} /> },
];

/** The last attempt, and those before it when they are asked for. */
function Attempts({ of: { attempts } }: { of: Delivery }) {
  const last = attempts.at(-1);
  if (last === undefined) return "None";
  const answered = last.status ?? null;
  return (
    <ExpandableSection headerText={answered === null ? last.outcome : `${answered}: ${last.outcome}`}>
      <ol>
        {attempts.map(({ at, status = null, outcome, excerpt = null, duration_ms }) => (
          <li key={at}>
            <Time at={at} />, {duration_ms} ms, {status === null ? "no status" : `status ${status}`}. {outcome}
            {excerpt !== null && <Box variant="code">{excerpt}</Box>}
          </li>
        ))}
      </ol>
    </ExpandableSection>
  );
}

function againColumn(again: (delivery: string) => void): Column {
  return {
    id: "again",
    header: "Actions",
    cell: ({ delivery_id, type }) => (
      <Button variant="inline-link" ariaLabel={`Redeliver ${type}`} onClick={() => again(delivery_id)}>
        Redeliver
      </Button>
    ),
  };
}
