import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { problemOf } from "../api/problem";
import { useMay } from "../session/context";
import { EnvironmentLabel } from "../ui/labels";
import { ProblemAlert } from "../ui/problem-alert";
import { RowActions } from "../ui/row-actions";
import { AppDialog } from "./app-dialog";
import { DeleteAppDialog } from "./delete-app-dialog";
import { type App, type AppRow, isReadableApp, useApps } from "./queries";

type Open = { dialog: "add" } | { dialog: "edit" | "delete"; app: App } | null;

/** The account's own OAuth clients, which keys are connected with. */
export function AppsTab() {
  const apps = useApps();
  const mayChange = useMay("account:admin");
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  if (apps.error !== null) {
    return (
      <ProblemAlert
        problem={problemOf(apps.error)}
        action={<Button onClick={() => void apps.refetch()}>Try again</Button>}
      />
    );
  }
  return (
    <>
      <Table<AppRow>
        header={
          <Header
            variant="h2"
            description="Your own clients at systems that people connect by consent. Register the redirect URI of each at its system."
            actions={
              mayChange && (
                <Button variant="primary" onClick={() => setOpen({ dialog: "add" })}>
                  Add app
                </Button>
              )
            }
          >
            Apps
          </Header>
        }
        items={apps.data ?? []}
        trackBy="app_id"
        loading={apps.isPending}
        loadingText="Loading apps"
        wrapLines
        ariaLabels={{ tableLabel: "Apps", itemSelectionLabel: () => "" }}
        empty={
          <Box textAlign="center" padding="l">
            <SpaceBetween size="s">
              <Box variant="h3">No apps yet</Box>
              <Box color="text-body-secondary">
                An owner registers a client at a system once, and stores it here. People then connect keys with it.
              </Box>
            </SpaceBetween>
          </Box>
        }
        columnDefinitions={[
          {
            id: "title",
            header: "App",
            isRowHeader: true,
            cell: (row) =>
              isReadableApp(row) ? (
                row.title
              ) : (
                <StatusIndicator type="error">{row.app_id} cannot be read</StatusIndicator>
              ),
          },
          { id: "system", header: "System", cell: (row) => isReadableApp(row) && row.system_id },
          {
            id: "environment",
            header: "Environment",
            cell: (row) => isReadableApp(row) && <EnvironmentLabel environment={row.environment} />,
          },
          { id: "client", header: "Client id", cell: (row) => isReadableApp(row) && row.client_id },
          {
            id: "redirect",
            header: "Redirect URI",
            minWidth: 260,
            cell: (row) =>
              isReadableApp(row) &&
              row.redirect_uri != null && (
                <CopyToClipboard
                  variant="inline"
                  textToCopy={row.redirect_uri}
                  copyButtonAriaLabel={`Copy the redirect URI of ${row.title}`}
                  copySuccessText="Copied"
                  copyErrorText="It could not be copied"
                />
              ),
          },
          { id: "grants", header: "Connected keys", cell: (row) => isReadableApp(row) && row.grants },
          ...(mayChange
            ? [
                {
                  id: "actions",
                  header: "Actions",
                  minWidth: 110,
                  cell: (row: AppRow) =>
                    isReadableApp(row) && (
                      <RowActions
                        name={row.title}
                        removal="Delete"
                        onEdit={() => setOpen({ dialog: "edit", app: row })}
                        onRemove={() => setOpen({ dialog: "delete", app: row })}
                      />
                    ),
                },
              ]
            : []),
        ]}
      />
      {open?.dialog === "add" && <AppDialog app={null} onClose={close} />}
      {open?.dialog === "edit" && <AppDialog app={open.app} onClose={close} />}
      {open?.dialog === "delete" && <DeleteAppDialog app={open.app} onClose={close} />}
    </>
  );
}
