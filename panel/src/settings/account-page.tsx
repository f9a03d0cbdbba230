import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import ContentLayout from "@cloudscape-design/components/content-layout";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQueryClient } from "@tanstack/react-query";

import { type Account, accountWasSaved, readAccount, useAccount } from "../account/queries";
import { Stamp } from "../account/stamp";
import { dataOf, ifMatch, useApi } from "../api/client";
import { usePage } from "../app/frame";
import { useSay } from "../app/notices";
import { EnterSaves } from "../ui/enter-saves";
import { controlId } from "../ui/field-ids";
import { FormSection } from "../ui/form-section";
import { useLeaveQuestion } from "../ui/leave-question";
import { Loading } from "../ui/loading";
import { OvertakenAlert } from "../ui/overtaken-alert";
import { ProblemAlert } from "../ui/problem-alert";
import { ROLES } from "../ui/roles";
import { TitleField } from "../ui/title-field";
import { useDocumentForm } from "../ui/use-document-form";
import { type AccountDraft, complaints, draftOf, nameAt, TOLD, updateRequest } from "./account-draft";
import { OrganizationRows } from "./organization-rows";

/** What owners settle for the account. */
export function AccountPage() {
  usePage("Account");
  const account = useAccount();
  return (
    <ContentLayout
      header={
        <Header variant="h1" description="Settings for everybody in this account.">
          Account
        </Header>
      }
    >
      {account.data === undefined ? (
        <Loading what="the account" asked={account} />
      ) : (
        <AccountForm first={account.data} />
      )}
    </ContentLayout>
  );
}

function AccountForm({ first }: { first: Account }) {
  const api = useApi();
  const queries = useQueryClient();
  const say = useSay();
  const form = useDocumentForm<AccountDraft, Account>({
    first,
    draftOf: (account) => draftOf(account ?? first),
    told: TOLD,
    nameAt,
    complaints,
    save: (draft, start) => {
      const params = { header: ifMatch((start ?? first).version) };
      return dataOf(api.PATCH("/v1/account", { params, body: updateRequest(draft, start ?? first) }));
    },
    read: () => readAccount(api),
    onSaved: async (account) => {
      await accountWasSaved(queries, account);
      say("success", "The account’s settings are saved.");
    },
  });
  const { draft, change, errorAt } = form;
  const leaving = useLeaveQuestion(form.isDirty);
  return (
    <EnterSaves onSave={() => !form.isPending && form.save()}>
      <SpaceBetween size="l">
        {form.overtaken !== null && (
          <OvertakenAlert what="these settings" overtaken={form.overtaken} onStartAgain={form.startAgain} />
        )}
        <ProblemAlert problem={form.problem} nameOf={form.nameOf} />
        <FormSection name="General">
          <SpaceBetween size="l">
            <TitleField
              label="Title"
              description="What people call the account."
              value={draft.title}
              errorText={errorAt("title")}
              onChange={(title) => change({ title }, "title")}
            />
            <FormField
              label="Lowest role for keys"
              description="People with a lower role cannot see keys."
              controlId={controlId("keys_minimum_role")}
              errorText={errorAt("keys_minimum_role")}
            >
              <Select
                options={ROLES}
                selectedOption={ROLES.find(({ value }) => value === draft.minimumRole) ?? null}
                onChange={({ detail }) =>
                  change({ minimumRole: detail.selectedOption.value ?? "" }, "keys_minimum_role")
                }
              />
            </FormField>
            <FormField
              label="Self-service keys"
              description="Whether people of this account manage keys by themselves. Your provider turns this on and off."
            >
              <StatusIndicator type={first.self_service_keys ? "success" : "stopped"}>
                {first.self_service_keys ? "On" : "Off"}
              </StatusIndicator>
            </FormField>
            {first.updated_at != null && first.updated_by != null && (
              <FormField label="Last changed">
                <Stamp at={first.updated_at} by={first.updated_by} />
              </FormField>
            )}
          </SpaceBetween>
        </FormSection>
        <FormSection name="Organizations">
          <SpaceBetween size="m">
            <span>
              Customers or branches with their own credentials in keys. If you remove one here, its credentials stay in
              the keys.
            </span>
            {draft.organizations.length === 0 && (
              <Alert type="info">There is none yet. A key without organizations needs none.</Alert>
            )}
            <OrganizationRows form={form} />
          </SpaceBetween>
        </FormSection>
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="primary" loading={form.isPending} loadingText="Saving" onClick={form.save}>
            Save
          </Button>
          <Button variant="link" disabled={!form.isDirty} onClick={() => leaving.ask(form.startAgain)}>
            Cancel
          </Button>
        </SpaceBetween>
        {leaving.question}
      </SpaceBetween>
    </EnterSaves>
  );
}
