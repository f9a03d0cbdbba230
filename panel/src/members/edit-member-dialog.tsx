import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { type Member, membersHaveChanged } from "../account/queries";
import { dataOf, ifMatch, type Schemas, useApi } from "../api/client";
import { useSay } from "../app/notices";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { ROLES, type Role } from "../ui/roles";

interface MemberDialogProps {
  member: Member;
  /** What to call them. */
  name: string;
  onClose: () => void;
}

/** Changes what somebody may do, or keeps them out for the time being. */
export function EditMemberDialog({ member, name, onClose }: MemberDialogProps) {
  const api = useApi();
  const queries = useQueryClient();
  const say = useSay();
  const [role, setRole] = useState(member.role as Role);
  const [state, setState] = useState(member.state as Schemas["State"]);
  const changing = useMutation({
    mutationFn: () => {
      const params = { path: { member_id: member.member_id }, header: ifMatch(member.version) };
      const body = { ...(role !== member.role && { role }), ...(state !== member.state && { state }) };
      return dataOf(api.PATCH("/v1/members/{member_id}", { params, body }));
    },
    onSuccess: () => {
      say("success", `${name} is changed. It reaches them within 15 minutes.`);
      onClose();
    },
    onSettled: () => membersHaveChanged(queries),
  });
  return (
    <ConfirmDialog
      title={`Edit ${name}`}
      action="Save"
      doing="Saving"
      error={changing.error}
      isPending={changing.isPending}
      onConfirm={() => changing.mutate()}
      onClose={onClose}
    >
      <SpaceBetween size="l">
        <FormField label="Role">
          <RadioGroup
            ariaLabel="Role"
            value={role}
            items={ROLES}
            onChange={({ detail }) => setRole(detail.value as Role)}
          />
        </FormField>
        <Toggle
          checked={state === "suspended"}
          description="A suspended person stays in this list and has no permissions until you turn this off."
          onChange={({ detail }) => setState(detail.checked ? "suspended" : "active")}
        >
          Suspended
        </Toggle>
      </SpaceBetween>
    </ConfirmDialog>
  );
}
