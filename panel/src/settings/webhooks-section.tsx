import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";

import { Stamp } from "../account/stamp";
import { problemOf } from "../api/problem";
import { KeyLink } from "../endpoints/key-link";
import { useNamedKeys } from "../endpoints/queries";
import { useMayConnect } from "../endpoints/rights";
import { useMay } from "../session/context";
import { GREEN } from "../ui/green";
import { EnvironmentLabel } from "../ui/labels";
import { ProblemAlert } from "../ui/problem-alert";
import { RowActions } from "../ui/row-actions";
import { Words } from "../ui/words";
import { DeleteWebhookDialog } from "../webhooks/delete-dialog";
import { DeliveriesDialog } from "../webhooks/deliveries-dialog";
import { isReadable, useWebhooks, type Webhook, type WebhookRow } from "../webhooks/queries";
import { WebhookDialog } from "../webhooks/webhook-dialog";

/** Where the account hears of events. */
export function WebhooksSection() {
  const webhooks = useWebhooks();
  /** The webhook in the dialog; `new` for one that is added. */
  const [open, setOpen] = useState<Webhook | "new" | null>(null);
  const [deleting, setDeleting] = useState<Webhook | null>(null);
  const [shown, setShown] = useState<string | null>(null);
  const mayRead = useMay("streams:read");
  const mayAdd = useMayConnect();
  const rows = webhooks.data ?? [];
  const columns = useColumns(rows, setOpen, setDeleting, ({ webhook_id }) => setShown(webhook_id));
  const delivering = rows.find((row): row is Webhook => isReadable(row) && row.webhook_id === shown);
  if (!mayRead) return null;
  const add = () => setOpen("new");
  return (
    <SpaceBetween size="m">
      {webhooks.error !== null && (
        <ProblemAlert
          problem={problemOf(webhooks.error)}
          action={<Button onClick={() => void webhooks.refetch()}>Try again</Button>}
        />
      )}
      <Table
        variant="container"
        items={rows}
        trackBy={idOf}
        columnDefinitions={columns}
        loading={webhooks.isPending}
        loadingText="Loading webhooks"
        enableKeyboardNavigation
        wrapLines
        ariaLabels={{ tableLabel: "Webhooks", itemSelectionLabel: () => "" }}
        header={
          <Header
            variant="h2"
            counter={webhooks.isPending ? "" : `(${rows.length})`}
            description="Where your account wants to hear of events, and with which credential."
            actions={
              mayAdd && (
                <Button variant="primary" style={GREEN} onClick={add}>
                  Add Webhook
                </Button>
              )
            }
          >
            Webhooks
          </Header>
        }
        empty={
          <Box textAlign="center" padding="l">
            <SpaceBetween size="s">
              <Box variant="h3">No webhooks yet</Box>
              <Box color="text-body-secondary">
                A webhook tells another site when something happens. Add a credential for that site first.
              </Box>
            </SpaceBetween>
          </Box>
        }
      />
      {open !== null && (
        <WebhookDialog
          key={open === "new" ? open : open.webhook_id}
          first={open === "new" ? null : open}
          onClose={() => setOpen(null)}
        />
      )}
      {delivering !== undefined && <DeliveriesDialog webhook={delivering} onClose={() => setShown(null)} />}
      {deleting !== null && <DeleteWebhookDialog target={deleting} onClose={() => setDeleting(null)} />}
    </SpaceBetween>
  );
}

function idOf(row: WebhookRow): string {
  return isReadable(row) ? row.webhook_id : row.id;
}

type Column = TableProps.ColumnDefinition<WebhookRow>;

function useColumns(
  rows: readonly WebhookRow[],
  onEdit: (row: Webhook) => void,
  onDelete: (row: Webhook) => void,
  onShow: (row: Webhook) => void,
): Column[] {
  const mayWrite = useMay("streams:write");
  const mayConnect = useMayConnect();
  const keys = useNamedKeys(rows.map((row) => (isReadable(row) ? row.key_id : null)));
  const columns: Column[] = [
    {
      id: "name",
      header: "Name",
      isRowHeader: true,
      minWidth: 200,
      cell: (row) =>
        isReadable(row) ? (
          <SpaceBetween direction="horizontal" size="xs">
            <Words>{row.name}</Words>
            <EnvironmentLabel environment={row.environment} />
            {!row.active && <Badge color="grey">inactive</Badge>}
            {(row.paused ?? null) !== null && <Badge color="red">paused</Badge>}
          </SpaceBetween>
        ) : (
          <StatusIndicator type="error">{row.id} cannot be read</StatusIndicator>
        ),
    },
    { id: "events", header: "Event", cell: (row) => isReadable(row) && row.event_types.join(", ") },
    { id: "path", header: "URL Path", cell: (row) => isReadable(row) && `${row.method} ${row.path}` },
    {
      id: "key",
      header: "Credential",
      cell: (row) => isReadable(row) && <KeyLink id={row.key_id} organization={row.organization} keys={keys} />,
    },
    {
      id: "deliveries",
      header: "Deliveries",
      cell: (row) =>
        isReadable(row) && (
          <Button variant="inline-link" ariaLabel={`Show the deliveries of ${row.name}`} onClick={() => onShow(row)}>
            Show
          </Button>
        ),
    },
    {
      id: "changed",
      header: "Changed",
      cell: (row) => isReadable(row) && <Stamp at={row.updated_at} by={row.updated_by} />,
    },
  ];
  const actions: Column = {
    id: "actions",
    header: "Actions",
    minWidth: 110,
    cell: (row) =>
      isReadable(row) && (
        <RowActions name={row.name} onEdit={mayConnect ? () => onEdit(row) : null} onRemove={() => onDelete(row)} />
      ),
  };
  return mayWrite ? [...columns, actions] : columns;
}
