import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useCallback, useImperativeHandle } from "react";

import { useMay } from "../../session/context";
import { type System, useSystem } from "../../systems/queries";
import { EnterSaves } from "../../ui/enter-saves";
import { useLeaveQuestion } from "../../ui/leave-question";
import { Loading } from "../../ui/loading";
import { OvertakenAlert } from "../../ui/overtaken-alert";
import { ProblemAlert } from "../../ui/problem-alert";
import type { Key } from "../queries";
import { BasicsSection } from "./basics-section";
import { CheckSection } from "./check-section";
import { CredentialsSection } from "./credentials-section";
import { FormProvider, type Wording } from "./form-state";
import { nameAt } from "./names";
import { RestrictionsSection } from "./restrictions-section";
import { TrialSection } from "./trial-section";
import { useKeyForm } from "./use-key-form";
import { useSave } from "./use-save";

/** For whatever shows the form in a dialog: closes it, after the question if something would be lost. */
export interface KeyFormHandle {
  close: () => void;
}

export interface KeyFormProps {
  /** The system when it is given; null lets people choose it. */
  system: string | null;
  /** The system to begin with where people choose it. */
  preset?: string | null;
  wording: Wording;
  /** The stored key to change; null makes a new one. */
  start: Key | null;
  onSaved: (key: Key) => void;
  /** Somebody leaves, and has been asked if something would be lost. */
  onCancel: () => void;
  ref?: React.Ref<KeyFormHandle>;
}

/** The form in which keys are made and changed. It keeps secrets for as long as it is shown. */
export function KeyForm(props: KeyFormProps) {
  const given = props.start?.system_id ?? props.system;
  const systemId = given ?? props.preset ?? null;
  const system = useSystem(systemId);
  // Where people choose the system, a preset that could not be loaded leaves the choice to them.
  const mayGoOn = systemId === null || system.data !== undefined || (given === null && system.isFetchedAfterMount);
  if (!mayGoOn) return <Loading what="the template" asked={system} />;
  return <LoadedForm {...props} template={system.data ?? null} />;
}

function LoadedForm({
  template,
  system,
  wording,
  start,
  onSaved,
  onCancel,
  ref,
}: KeyFormProps & { template: System | null }) {
  const form = useKeyForm(template, start, wording);
  const leaving = useLeaveQuestion(form.isDirty);
  const save = useSave(form, (key) => {
    leaving.release();
    onSaved(key);
  });
  const mayVerify = useMay("keys:verify");
  const { ask } = leaving;
  const cancel = useCallback(() => ask(onCancel), [ask, onCancel]);
  useImperativeHandle(ref, () => ({ close: cancel }), [cancel]);
  const { trouble } = form;
  const mayRepeat = trouble !== null && trouble.problem.errors.length === 0;
  const enter = () => {
    if (form.state !== null && !save.isPending) save.run();
  };
  return (
    <EnterSaves onSave={enter}>
      <SpaceBetween size="l">
        {form.overtaken !== null && (
          <OvertakenAlert what="this key" overtaken={form.overtaken} onStartAgain={form.startAgain} />
        )}
        {trouble?.beside === "save" && (
          <ProblemAlert
            problem={trouble.problem}
            nameOf={(path) => nameAt(form.system, form.draft, wording, path)}
            action={mayRepeat && <Button onClick={save.run}>Try again</Button>}
          />
        )}
        <BasicsSection form={form} wording={wording} isFixed={system !== null} />
        {form.state === null ? (
          <Alert type="info">Choose a system, and what it needs is asked for here.</Alert>
        ) : (
          <FormProvider value={form.state}>
            <SpaceBetween size="l">
              <CredentialsSection form={form} />
              <RestrictionsSection />
              <CheckSection />
              {mayVerify && <TrialSection form={form} />}
            </SpaceBetween>
          </FormProvider>
        )}
        <SpaceBetween direction="horizontal" size="xs">
          <Button
            variant="primary"
            loading={save.isPending}
            loadingText="Saving"
            disabled={form.state === null}
            onClick={save.run}
          >
            Save
          </Button>
          <Button variant="link" onClick={cancel}>
            Cancel
          </Button>
        </SpaceBetween>
        {leaving.question}
      </SpaceBetween>
    </EnterSaves>
  );
}
