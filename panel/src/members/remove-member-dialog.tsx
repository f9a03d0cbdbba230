import { useMutation, useQueryClient } from "@tanstack/react-query";

import { type Member, membersHaveChanged } from "../account/queries";
import { dataOf, ifMatch, useApi } from "../api/client";
import { useSay } from "../app/notices";
import { useClaims, useSession } from "../session/context";
import { ConfirmDialog } from "../ui/confirm-dialog";

interface MemberDialogProps {
  member: Member;
  /** What to call them. */
  name: string;
  onClose: () => void;
}

/** Takes somebody out of the account. */
export function RemoveMemberDialog({ member, name, onClose }: MemberDialogProps) {
  const api = useApi();
  const queries = useQueryClient();
  const say = useSay();
  const session = useSession();
  const isMe = useClaims().subject === member.member_id;
  const removing = useMutation({
    mutationFn: () => {
      const params = { path: { member_id: member.member_id }, header: ifMatch(member.version) };
      return dataOf(api.DELETE("/v1/members/{member_id}", { params }));
    },
    onSuccess: () => {
      // A person who has left the account has no access to this page any more.
      if (isMe) return session.signOut();
      say("success", `${name} is removed.`);
      onClose();
      return membersHaveChanged(queries);
    },
    onError: () => membersHaveChanged(queries),
  });
  return (
    <ConfirmDialog
      title={isMe ? "Leave this account?" : `Remove ${name}?`}
      action={isMe ? "Leave" : "Remove"}
      doing={isMe ? "Leaving" : "Removing"}
      error={removing.error}
      isPending={removing.isPending}
      onConfirm={() => removing.mutate()}
      onClose={onClose}
    >
      {isMe ? "You are" : `${name} is`} signed out and cannot come back without another invitation. What{" "}
      {isMe ? "you" : "they"} did stays in the audit trail.
    </ConfirmDialog>
  );
}
