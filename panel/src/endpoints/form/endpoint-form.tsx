import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";

import { idempotencyKey, useApi } from "../../api/client";
import { JsonEditor } from "../../json/editor";
import { useSystems } from "../../systems/queries";
import { EnterSaves } from "../../ui/enter-saves";
import { controlId } from "../../ui/field-ids";
import { FormSection } from "../../ui/form-section";
import { useLeaveQuestion } from "../../ui/leave-question";
import { OvertakenAlert } from "../../ui/overtaken-alert";
import { ProblemAlert } from "../../ui/problem-alert";
import { TitleField } from "../../ui/title-field";
import { useDocumentForm } from "../../ui/use-document-form";
import { useNow } from "../../ui/use-now";
import { KINDS, type Kind } from "../kinds";
import { createEndpoint, type Endpoint, endpointWasSaved, readEndpoint, updateEndpoint } from "../queries";
import { nextRuns } from "../schedule";
import { complaints, createRequest, draftOf, type EndpointDraft, settingsErrors, TOLD, updateRequest } from "./draft";
import { KeySection } from "./key-section";
import { KnownFunctions } from "./known-functions";
import type { EndpointFormState } from "./state";

interface EndpointFormProps {
  kind: Kind;
  /** The stored one to change; null makes a new one. */
  first: Endpoint | null;
  onSaved: (endpoint: Endpoint) => void;
  onCancel: () => void;
}

/** The form in which sources and destinations are made and changed. */
export function EndpointForm({ kind, first, onSaved, onCancel }: EndpointFormProps) {
  const api = useApi();
  const queries = useQueryClient();
  /** The same draft is the same request: sent again, it has its effect once. */
  const attempt = useRef<{ draft: EndpointDraft; header: ReturnType<typeof idempotencyKey> } | null>(null);
  const form = useDocumentForm<EndpointDraft, Endpoint>({
    first,
    draftOf: (endpoint) => draftOf(kind, endpoint),
    told: TOLD,
    nameAt: (_, path) => NAMES[path] ?? null,
    complaints,
    save: (draft, start) => {
      if (start !== null) return updateEndpoint(api, kind, start, updateRequest(kind, draft, start));
      if (attempt.current?.draft !== draft) attempt.current = { draft, header: idempotencyKey() };
      return createEndpoint(api, kind, createRequest(draft), attempt.current.header);
    },
    read: () => readEndpoint(api, kind, first?.id ?? ""),
    onSaved: async (endpoint) => {
      await endpointWasSaved(queries, endpoint);
      leaving.release();
      onSaved(endpoint);
    },
  });
  const leaving = useLeaveQuestion(form.isDirty);
  return (
    <EnterSaves onSave={() => !form.isPending && form.save()}>
      <SpaceBetween size="l">
        {form.overtaken !== null && (
          <OvertakenAlert what={`this ${kind}`} overtaken={form.overtaken} onStartAgain={form.startAgain} />
        )}
        <ProblemAlert problem={form.problem} nameOf={form.nameOf} />
        <AboutSection kind={kind} form={form} />
        <KeySection kind={kind} form={form} />
        <SettingsSection form={form} />
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="primary" loading={form.isPending} loadingText="Saving" onClick={form.save}>
            Save
          </Button>
          <Button variant="link" onClick={() => leaving.ask(onCancel)}>
            Cancel
          </Button>
        </SpaceBetween>
        {leaving.question}
      </SpaceBetween>
    </EnterSaves>
  );
}

const NAMES: Record<string, string> = {
  title: "Title",
  system_id: "System",
  environment: "Environment",
  function: "Function",
  trigger: "Trigger",
  "trigger.type": "Trigger",
  "trigger.cron": "Schedule",
  key_id: "Key",
  organization: "Organization",
  settings: "Settings",
  active: "Active",
};

function AboutSection({ kind, form }: { kind: Kind; form: EndpointFormState }) {
  const { draft, change, errorAt } = form;
  const systems = useSystems();
  const options = (systems.data ?? []).map(({ system_id, name, summary }) => ({
    value: system_id,
    label: name,
    description: summary,
  }));
  const { title, triggers } = KINDS[kind];
  return (
    <FormSection name={title}>
      <SpaceBetween size="l">
        <FormField label="System" controlId={controlId("system_id")} errorText={errorAt("system_id")}>
          <Select
            options={options}
            filteringType="auto"
            filteringAriaLabel="Find a system"
            filteringClearAriaLabel="Clear the search"
            filteringPlaceholder="Find a system"
            placeholder="Choose a system"
            statusType={systems.isPending ? "loading" : systems.isError ? "error" : "finished"}
            loadingText="Loading"
            errorText="The systems could not be loaded."
            recoveryText="Try again"
            onLoadItems={() => systems.isError && void systems.refetch()}
            selectedOption={options.find(({ value }) => value === draft.systemId) ?? null}
            onChange={({ detail }) =>
              change({ systemId: detail.selectedOption.value ?? "", ...NO_KEY }, "system_id", "key_id")
            }
          />
        </FormField>
        <TitleField
          label="Title"
          description="How people tell it apart."
          value={draft.title}
          errorText={errorAt("title")}
          onChange={(title) => change({ title }, "title")}
        />
        <FormField label="Environment" errorText={errorAt("environment")}>
          <RadioGroup
            ariaLabel="Environment"
            value={draft.environment}
            items={ENVIRONMENTS}
            onChange={({ detail }) => {
              change({ environment: detail.value === "test" ? "test" : "live", ...NO_KEY }, "environment", "key_id");
            }}
          />
        </FormField>
        <FormField
          label="Function"
          description="The platform’s function that moves the data, by its name."
          constraintText={
            <KnownFunctions
              kind={kind}
              systemId={draft.systemId}
              onChoose={(name) => change({ function: name }, "function")}
            />
          }
          controlId={controlId("function")}
          errorText={errorAt("function")}
        >
          <Input
            value={draft.function}
            placeholder="orders"
            autoComplete={false}
            spellcheck={false}
            onChange={({ detail }) => change({ function: detail.value }, "function")}
          />
        </FormField>
        <FormField label="Trigger" errorText={errorAt("trigger") ?? errorAt("trigger.type")}>
          <RadioGroup
            ariaLabel="Trigger"
            value={draft.trigger}
            items={triggers.map((trigger) => ({ ...trigger }))}
            onChange={({ detail }) => change({ trigger: detail.value }, "trigger", "trigger.type", "trigger.cron")}
          />
        </FormField>
        {draft.trigger === "scheduled" && (
          <FormField
            label="Schedule"
            description="The five fields of a crontab, in UTC: minute, hour, day of the month, month, day of the week."
            constraintText={<NextRuns cron={draft.cron} />}
            controlId={controlId("trigger.cron")}
            errorText={errorAt("trigger.cron")}
          >
            <Input
              value={draft.cron}
              placeholder="0 6 * * 1-5"
              autoComplete={false}
              spellcheck={false}
              onChange={({ detail }) => change({ cron: detail.value }, "trigger.cron")}
            />
          </FormField>
        )}
        <Toggle
          controlId={controlId("active")}
          checked={draft.active}
          description="While it is active, its key cannot be deleted."
          onChange={({ detail }) => change({ active: detail.checked }, "active", "key_id")}
        >
          Active
        </Toggle>
      </SpaceBetween>
    </FormSection>
  );
}

const runTime = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** What a schedule comes to where the person is. */
function NextRuns({ cron }: { cron: string }) {
  const now = useNow();
  const runs = nextRuns(cron, now, 3);
  if (runs === null) return "0 6 * * 1-5 is six in the morning from Monday to Friday.";
  if (runs.length === 0) return "Such a day never comes.";
  return `Next, in your time: ${runs.map((at) => runTime.format(at)).join("; ")}.`;
}

/** A key is of one system and environment, so that another of those needs another key. */
const NO_KEY = { key: "", organization: "" };

const ENVIRONMENTS = [
  { value: "live", label: "Live", description: "For production, with live keys." },
  { value: "test", label: "Test", description: "For test environments, with test keys." },
];

function SettingsSection({ form }: { form: EndpointFormState }) {
  const { draft, change, errorAt } = form;
  const wrong = settingsErrors(draft.settings);
  const told = errorAt("settings");
  const errors =
    wrong.length > 0 || told === undefined ? wrong : [{ path: "settings", reason: told, offset: 0, length: 0 }];
  return (
    <FormSection name="Settings">
      <JsonEditor
        label="Settings as JSON"
        description="The platform’s function gets these settings. Do not enter a secret: everybody who can open this page can read it."
        text={draft.settings}
        errors={errors}
        onChange={(settings) => change({ settings }, "settings")}
      />
    </FormSection>
  );
}
