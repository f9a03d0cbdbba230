import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";

import { useOrganizations } from "../account/queries";
import { CreateWebhookRequest } from "../api/bounds";
import { idempotencyKey, useApi } from "../api/client";
import { useSay } from "../app/notices";
import { useNamedKeys } from "../endpoints/queries";
import { KeyChoice } from "../keys/key-choice";
import { useKey } from "../keys/queries";
import { EnterSaves } from "../ui/enter-saves";
import { controlId } from "../ui/field-ids";
import { useLeaveQuestion } from "../ui/leave-question";
import { OvertakenAlert } from "../ui/overtaken-alert";
import { ProblemAlert } from "../ui/problem-alert";
import { TitleField } from "../ui/title-field";
import { useDocumentForm } from "../ui/use-document-form";
import { complaints, createRequest, draftOf, OWN_EVENTS, TOLD, updateRequest, type WebhookDraft } from "./draft";
import { createWebhook, readWebhook, updateWebhook, type Webhook, webhooksChanged } from "./queries";

type Form = ReturnType<typeof useDocumentForm<WebhookDraft, Webhook>>;

interface WebhookDialogProps {
  /** The webhook to change; null adds one. */
  first: Webhook | null;
  onClose: () => void;
}

const NAMES: Record<string, string> = {
  name: "Name",
  event_types: "Event",
  path: "URL Path",
  key_id: "Credential",
  organization: "Organization",
  method: "HTTP Method",
  environment: "Test Webhook",
  active: "Active",
};

/** Adds or changes a webhook. Nothing that was typed is lost by closing it without a question. */
export function WebhookDialog({ first, onClose }: WebhookDialogProps) {
  const api = useApi();
  const queries = useQueryClient();
  const say = useSay();
  /** The same draft is the same request: sent again, it has its effect once. */
  const attempt = useRef<{ draft: WebhookDraft; header: ReturnType<typeof idempotencyKey> } | null>(null);
  const form = useDocumentForm<WebhookDraft, Webhook>({
    first,
    draftOf,
    told: TOLD,
    nameAt: (_, path) => NAMES[path] ?? null,
    complaints,
    save: (draft, start) => {
      if (start !== null) return updateWebhook(api, start, updateRequest(draft, start));
      if (attempt.current?.draft !== draft) attempt.current = { draft, header: idempotencyKey() };
      return createWebhook(api, createRequest(draft), attempt.current.header);
    },
    read: () => readWebhook(api, first?.webhook_id ?? ""),
    onSaved: async ({ name }) => {
      await webhooksChanged(queries);
      say("success", `“${name}” is saved.`);
      leaving.release();
      onClose();
    },
  });
  const leaving = useLeaveQuestion(form.isDirty);
  const close = () => leaving.ask(onClose);
  return (
    <Modal
      visible
      size="large"
      header={first === null ? "Add Webhook" : "Edit Webhook"}
      closeAriaLabel="Close"
      onDismiss={close}
    >
      <EnterSaves onSave={() => !form.isPending && form.save()}>
        <SpaceBetween size="l">
          {form.overtaken !== null && (
            <OvertakenAlert what="this webhook" overtaken={form.overtaken} onStartAgain={form.startAgain} />
          )}
          <ProblemAlert problem={form.problem} nameOf={form.nameOf} />
          <Fields form={form} />
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="primary" loading={form.isPending} loadingText="Saving" onClick={form.save}>
              Save
            </Button>
            <Button variant="link" onClick={close}>
              Cancel
            </Button>
          </SpaceBetween>
          {leaving.question}
        </SpaceBetween>
      </EnterSaves>
    </Modal>
  );
}

function Fields({ form }: { form: Form }) {
  const { draft, change, errorAt } = form;
  return (
    <SpaceBetween size="l">
      <TitleField
        label="Name"
        path="name"
        description="How people tell it apart."
        value={draft.name}
        errorText={errorAt("name")}
        onChange={(name) => change({ name }, "name")}
      />
      <FormField
        label="Event"
        description="What it hears of: one type of event, or several with commas between them."
        constraintText={`Keyward itself tells of ${OWN_EVENTS.join(", ")}. All others come from your platform.`}
        controlId={controlId("event_types")}
        errorText={errorAt("event_types")}
      >
        <Input
          value={draft.events}
          placeholder="order.created"
          autoComplete={false}
          spellcheck={false}
          onChange={({ detail }) => change({ events: detail.value }, "event_types")}
        />
      </FormField>
      <PathField form={form} />
      <CredentialField form={form} />
      {draft.key !== "" && <OrganizationField form={form} />}
      <FormField label="HTTP Method" controlId={controlId("method")} errorText={errorAt("method")}>
        <Select
          options={METHODS}
          selectedOption={METHODS.find(({ value }) => value === draft.method) ?? null}
          onChange={({ detail }) => change({ method: detail.selectedOption.value ?? "" }, "method")}
        />
      </FormField>
      <Toggle
        controlId={controlId("environment")}
        checked={draft.isTest}
        description="A test webhook hears of test events, and uses test credentials."
        onChange={({ detail }) =>
          change({ isTest: detail.checked, key: "", organization: "" }, "environment", "key_id", "organization")
        }
      >
        Test Webhook
      </Toggle>
      <Toggle
        controlId={controlId("active")}
        checked={draft.active}
        description="While it is active, its credential cannot be deleted."
        onChange={({ detail }) => change({ active: detail.checked }, "active", "key_id")}
      >
        Active
      </Toggle>
    </SpaceBetween>
  );
}

const METHODS = CreateWebhookRequest.method.enum.map((value) =>
  value === "POST" ? { value, label: value, description: "What most receivers expect." } : { value, label: value },
);

/** Where the requests go: the address of the credential, and the path below it. */
function PathField({ form }: { form: Form }) {
  const { draft, change, errorAt } = form;
  const key = useKey(draft.key === "" ? null : draft.key);
  const base = key.data?.base_url?.replace(/\/$/, "");
  const path = draft.path.trim();
  return (
    <FormField
      label="URL Path"
      description="It goes below the base URL of the credential."
      constraintText={base !== undefined && path.startsWith("/") && `Requests go to ${base}${path}.`}
      controlId={controlId("path")}
      errorText={errorAt("path")}
    >
      <Input
        value={draft.path}
        placeholder="/hooks/keyward"
        autoComplete={false}
        spellcheck={false}
        onChange={({ detail }) => change({ path: detail.value }, "path")}
      />
    </FormField>
  );
}

function CredentialField({ form }: { form: Form }) {
  const { draft, change, errorAt } = form;
  const { titleOf, isGone } = useNamedKeys([draft.key === "" ? null : draft.key]);
  const environment = draft.isTest ? "test" : "live";
  const isChosen = draft.key !== "" && !isGone(draft.key);
  return (
    <FormField
      label="Credential"
      description={`Only ${environment} credentials are shown: those of this webhook’s environment.`}
      controlId={controlId("key_id")}
      errorText={errorAt("key_id")}
      warningText={isGone(draft.key) ? "The credential that was chosen is gone. Choose another one." : undefined}
    >
      <KeyChoice
        systemId={null}
        environment={environment}
        chosen={isChosen ? { value: draft.key, label: titleOf(draft.key) } : null}
        empty={`There is no ${environment} credential yet. Add one first.`}
        onChoose={({ value }) => change({ key: value, organization: "" }, "key_id", "organization")}
      />
    </FormField>
  );
}

/** Whose credentials of an organization-specific key. */
function OrganizationField({ form }: { form: Form }) {
  const { draft, change, errorAt } = form;
  const key = useKey(draft.key);
  const { organizations } = useOrganizations();
  const isAsked =
    key.data?.organization_specific === true || draft.organization !== "" || errorAt("organization") !== undefined;
  if (!isAsked) return null;
  const options = Object.keys(key.data?.entries ?? {})
    .filter((name) => name !== "default")
    .map((value) => {
      const title = organizations.find(({ organization_id }) => organization_id === value)?.title;
      return title === undefined ? { value, label: value } : { value, label: title, description: value };
    });
  return (
    <FormField
      label="Organization"
      description="Whose events it hears of, and whose credentials it uses."
      controlId={controlId("organization")}
      errorText={errorAt("organization")}
    >
      <Select
        options={options}
        placeholder="Choose an organization"
        empty="The credential has nothing of an organization."
        selectedOption={options.find(({ value }) => value === draft.organization) ?? null}
        onChange={({ detail }) => change({ organization: detail.selectedOption.value ?? "" }, "organization")}
      />
    </FormField>
  );
}
