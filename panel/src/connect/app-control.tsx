import Link from "@cloudscape-design/components/link";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";

import type { System } from "../systems/queries";
import { isReadableApp, useApps } from "./queries";

interface AppControlProps {
  system: System;
  auth: string;
  environment: string;
  /** The id of the chosen app; empty for none. */
  value: string;
  onChange: (value: string) => void;
}

/** The choice of an app: one of the account's that fits the key. */
export function AppControl({ system, auth, environment, value, onChange }: AppControlProps) {
  const apps = useApps();
  const fitting = (apps.data ?? []).filter(isReadableApp).filter((app) => {
    const isOfKey = app.system_id === system.system_id && app.auth === auth;
    return isOfKey && app.environment === environment;
  });
  const options = fitting.map(({ app_id, title, client_id }) => ({
    value: app_id,
    label: title,
    description: client_id,
  }));
  const chosen = options.find((option) => option.value === value);
  return (
    <SpaceBetween size="xxs">
      <Select
        options={options}
        selectedOption={chosen ?? (value === "" ? null : { value, label: value })}
        placeholder="Choose an app"
        statusType={apps.isPending ? "loading" : apps.error === null ? "finished" : "error"}
        loadingText="Loading apps"
        errorText="The apps could not be loaded"
        empty={`No ${environment} app for ${system.name} yet`}
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
      />
      <Link href="#/settings/integrations?tab=apps" fontSize="body-s">
        Apps under Settings, Integrations
      </Link>
    </SpaceBetween>
  );
}
