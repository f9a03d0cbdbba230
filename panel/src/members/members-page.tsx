import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { type Member, type MemberRow, useMembers } from "../account/queries";
import { Who } from "../account/who";
import { problemOf } from "../api/problem";
import { usePage } from "../app/frame";
import { useClaims } from "../session/context";
import { ProblemAlert } from "../ui/problem-alert";
import { roleName } from "../ui/roles";
import { RowActions } from "../ui/row-actions";
import { Time } from "../ui/time";
import { EditMemberDialog } from "./edit-member-dialog";
import { InviteDialog } from "./invite-dialog";
import { RemoveMemberDialog } from "./remove-member-dialog";
import { ResendInvitationDialog, ResetSecondFactorDialog } from "./sign-in-dialogs";

type About = "edit" | "remove" | "factor" | "resend";
type Open = { dialog: "invite" } | { dialog: About; member: Member } | null;

/** The people of the account. */
export function MembersPage() {
  usePage("Members");
  const members = useMembers();
  const { subject } = useClaims();
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const rows = (members.data ?? []).toSorted((a, b) => nameOf(a).localeCompare(nameOf(b), "en"));
  return (
    <SpaceBetween size="l">
      {members.error !== null && (
        <ProblemAlert
          problem={problemOf(members.error)}
          action={<Button onClick={() => void members.refetch()}>Try again</Button>}
        />
      )}
      <Table<MemberRow>
        variant="full-page"
        header={
          <Header
            variant="h1"
            description="The people of this account. Each signs in with a password and a one-time code."
            actions={
              <Button variant="primary" onClick={() => setOpen({ dialog: "invite" })}>
                Invite somebody
              </Button>
            }
          >
            Members
          </Header>
        }
        items={rows}
        trackBy="member_id"
        loading={members.isPending}
        loadingText="Loading members"
        enableKeyboardNavigation
        stickyColumns={{ last: 1 }}
        ariaLabels={{ tableLabel: "Members", itemSelectionLabel: () => "" }}
        columnDefinitions={[
          {
            id: "email",
            header: "Email address",
            isRowHeader: true,
            minWidth: 200,
            cell: (row) =>
              isReadable(row) ? `${nameOf(row)}${row.member_id === subject ? " (you)" : ""}` : <Unreadable row={row} />,
          },
          { id: "role", header: "Role", cell: (row) => isReadable(row) && roleName(row.role) },
          { id: "state", header: "State", cell: (row) => isReadable(row) && <State member={row} /> },
          {
            id: "since",
            header: "Invited",
            cell: (row) =>
              isReadable(row) &&
              row.created_at != null && (
                <>
                  <Time at={row.created_at} />{" "}
                  {row.created_by != null && (
                    <>
                      by <Who id={row.created_by} />
                    </>
                  )}
                </>
              ),
          },
          {
            id: "changed",
            header: "Changed",
            cell: (row) =>
              isReadable(row) &&
              row.updated_at != null &&
              row.updated_by != null &&
              row.updated_at !== row.created_at && (
                <>
                  <Time at={row.updated_at} /> by <Who id={row.updated_by} />
                </>
              ),
          },
          {
            id: "actions",
            header: "Actions",
            minWidth: 140,
            cell: (row) =>
              isReadable(row) && (
                <SpaceBetween direction="horizontal" size="xxs">
                  <RowActions
                    name={nameOf(row)}
                    removal="Remove"
                    onEdit={() => setOpen({ dialog: "edit", member: row })}
                    onRemove={() => setOpen({ dialog: "remove", member: row })}
                  />
                  <ButtonDropdown
                    variant="inline-icon"
                    ariaLabel={`More about ${nameOf(row)}`}
                    items={[
                      isInvited(row)
                        ? { id: "resend", text: "Send the invitation again" }
                        : { id: "factor", text: "Reset the second factor" },
                    ]}
                    onItemClick={({ detail }) => setOpen({ dialog: detail.id as About, member: row })}
                    expandToViewport
                  />
                </SpaceBetween>
              ),
          },
        ]}
      />
      {open?.dialog === "invite" && <InviteDialog onClose={close} />}
      {open?.dialog === "edit" && <EditMemberDialog member={open.member} name={nameOf(open.member)} onClose={close} />}
      {open?.dialog === "remove" && (
        <RemoveMemberDialog member={open.member} name={nameOf(open.member)} onClose={close} />
      )}
      {open?.dialog === "factor" && (
        <ResetSecondFactorDialog member={open.member} name={nameOf(open.member)} onClose={close} />
      )}
      {open?.dialog === "resend" && (
        <ResendInvitationDialog member={open.member} name={nameOf(open.member)} onClose={close} />
      )}
    </SpaceBetween>
  );
}

function State({ member }: { member: Member }) {
  if (isInvited(member)) return <StatusIndicator type="pending">invited, has not signed in</StatusIndicator>;
  return <StatusIndicator type={member.state === "active" ? "success" : "stopped"}>{member.state}</StatusIndicator>;
}

/** Whether somebody has yet to sign in for the first time. Of a row that was put by hand nobody knows. */
function isInvited({ state, created_at, first_signed_in_at }: Member): boolean {
  return state === "active" && created_at != null && first_signed_in_at === null;
}

function Unreadable({ row }: { row: MemberRow }) {
  return <StatusIndicator type="error">{row.member_id} cannot be read</StatusIndicator>;
}

function isReadable(row: MemberRow): row is Member {
  return "role" in row;
}

function nameOf(row: MemberRow): string {
  return isReadable(row) ? (row.email ?? row.member_id) : row.member_id;
}
