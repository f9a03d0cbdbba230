import { useMutation, useQueryClient } from "@tanstack/react-query";

import { type Member, membersHaveChanged } from "../account/queries";
import { dataOf, useApi } from "../api/client";
import { useSay } from "../app/notices";
import { ConfirmDialog } from "../ui/confirm-dialog";

interface MemberDialogProps {
  member: Member;
  /** What to call them. */
  name: string;
  onClose: () => void;
}

/** Lets somebody set up another second factor, who lost the device of theirs. */
export function ResetSecondFactorDialog({ member, name, onClose }: MemberDialogProps) {
  const api = useApi();
  const queries = useQueryClient();
  const say = useSay();
  const resetting = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/v1/members/{member_id}/reset-second-factor", { params: { path: { member_id: member.member_id } } }),
      ),
    onSuccess: () => {
      say("success", `${name} sets up another device at the next sign-in.`);
      onClose();
    },
    onSettled: () => membersHaveChanged(queries),
  });
  return (
    <ConfirmDialog
      title={`Reset the second factor of ${name}?`}
      action="Reset"
      doing="Resetting"
      error={resetting.error}
      isPending={resetting.isPending}
      onConfirm={() => resetting.mutate()}
      onClose={onClose}
    >
      Do this for somebody who has lost the device with their codes, and make sure that it is really they who ask. Codes
      of that device count no more, and {name} is signed out everywhere. At the next sign-in they need their password
      and set up another device.
    </ConfirmDialog>
  );
}

/** Sends somebody another invitation, whose first one was lost or is too old. */
export function ResendInvitationDialog({ member, name, onClose }: MemberDialogProps) {
  const api = useApi();
  const queries = useQueryClient();
  const say = useSay();
  const sending = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/v1/members/{member_id}/resend-invitation", { params: { path: { member_id: member.member_id } } }),
      ),
    onSuccess: () => {
      say("success", `Another invitation is on its way to ${name}.`);
      onClose();
    },
    onSettled: () => membersHaveChanged(queries),
  });
  return (
    <ConfirmDialog
      title={`Invite ${name} again?`}
      action="Send"
      doing="Sending"
      error={sending.error}
      isPending={sending.isPending}
      onConfirm={() => sending.mutate()}
      onClose={onClose}
    >
      {name} gets another e-mail with a new password for the first sign-in. The password of the former e-mail counts no
      more.
    </ConfirmDialog>
  );
}
