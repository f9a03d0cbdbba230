import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMutation, useQueries, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { dataOf, ifMatch, type Schemas, useApi } from "../api/client";
import { problemOf } from "../api/problem";
import { useSay } from "../app/notices";
import { useFreshSignIn } from "../app/sign-in-again";
import { useSession } from "../session/context";
import { type System, systemQuery, useSystems } from "../systems/queries";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { controlId } from "../ui/field-ids";
import { errorAt } from "../ui/problem-alert";
import { type App, appsHaveChanged } from "./queries";

const ADDRESSES = [
  { id: "issuer", label: "Issuer", help: "The address of the server, if it says who it is (RFC 8414, RFC 9207)." },
  { id: "authorize_url", label: "Authorize URL", help: "Where people consent." },
  { id: "token_url", label: "Token URL", help: "Where tokens are issued." },
  { id: "revocation_url", label: "Revocation URL", help: "Where tokens are revoked, if there is such an address." },
] as const;

const LABELS: Record<string, string> = {
  system_id: "System",
  title: "Title",
  environment: "Environment",
  client_id: "Client id",
  client_secret: "Client secret",
  ...Object.fromEntries(ADDRESSES.map(({ id, label }) => [id, label])),
};

type Values = Record<string, string>;

/** Systems whose keys are connected by consent, with whether an app brings the addresses. */
function useConnectable(): { id: string; name: string; bringsAddresses: boolean }[] {
  const api = useApi();
  const systems = useSystems();
  const all = useQueries({ queries: (systems.data ?? []).map(({ system_id }) => systemQuery(api, system_id)) });
  return all
    .map(({ data }) => data)
    .filter((system): system is System => system !== undefined)
    .flatMap((system) => {
      const connects = system.auth.map((auth) => auth.connects).find((one) => one != null);
      return connects == null
        ? []
        : [{ id: system.system_id, name: system.name, bringsAddresses: connects.app_brings_addresses }];
    });
}

/** Adds an app, or changes one. */
export function AppDialog({ app, onClose }: { app: App | null; onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const say = useSay();
  const fresh = useFreshSignIn(useSession());
  const systems = useConnectable();
  const [values, setValues] = useState<Values>(() => startOf(app));
  const set = (name: string) => (value: string) => setValues((before) => ({ ...before, [name]: value }));
  const of = (name: string) => values[name] ?? "";
  const bringsAddresses = systems.find(({ id }) => id === of("system_id"))?.bringsAddresses ?? app?.token_url != null;
  const saving = useMutation({
    mutationFn: async () => {
      await fresh();
      const address = (name: string) => (bringsAddresses && of(name).trim() !== "" ? of(name).trim() : null);
      const addresses = {
        authorize_url: address("authorize_url"),
        token_url: address("token_url"),
        revocation_url: address("revocation_url"),
        issuer: address("issuer"),
      };
      const secret = of("client_secret") === "" ? {} : { client_secret: of("client_secret") };
      if (app === null) {
        const body = {
          system_id: of("system_id"),
          auth: null,
          client_auth: null,
          environment: of("environment") as Schemas["Environment"],
          title: of("title"),
          client_id: of("client_id"),
          client_secret: of("client_secret"),
          ...addresses,
        };
        return dataOf(api.POST("/v1/apps", { body }));
      }
      const params = { path: { app_id: app.app_id }, header: ifMatch(app.version) };
      const body = { title: of("title"), client_id: of("client_id"), ...secret, ...addresses };
      return dataOf(api.PATCH("/v1/apps/{app_id}", { params, body }));
    },
    onSuccess: (saved) => {
      say("success", `“${saved.title}” is saved. Register its redirect URI at the system: ${saved.redirect_uri ?? ""}`);
      onClose();
    },
    onSettled: () => appsHaveChanged(queries),
  });
  const looking = useMutation({
    mutationFn: () => dataOf(api.POST("/v1/apps/discovery", { body: { issuer: of("issuer").trim() } })),
    onSuccess: ({ authorize_url, token_url, revocation_url }) =>
      setValues((before) => ({
        ...before,
        authorize_url: authorize_url ?? "",
        token_url: token_url ?? "",
        revocation_url: revocation_url ?? "",
      })),
  });
  const failed = saving.error ?? looking.error;
  const problem = failed === null ? null : problemOf(failed);
  const text = (name: string, help: string, type: "text" | "password" = "text") => (
    <FormField
      key={name}
      label={LABELS[name]}
      description={help}
      controlId={controlId(name)}
      errorText={errorAt(problem, name)}
    >
      <Input
        value={of(name)}
        type={type}
        autoComplete={false}
        spellcheck={false}
        onChange={({ detail }) => set(name)(detail.value)}
      />
    </FormField>
  );
  const options = systems.map(({ id, name }) => ({ value: id, label: name }));
  return (
    <ConfirmDialog
      title={app === null ? "Add an app" : `Change “${app.title}”`}
      action="Save"
      doing="Saving"
      error={failed}
      nameOf={(path) => LABELS[path] ?? null}
      isPending={saving.isPending}
      onConfirm={() => {
        looking.reset();
        saving.mutate();
      }}
      onClose={onClose}
    >
      <SpaceBetween size="l">
        {app === null && (
          <FormField label="System" controlId={controlId("system_id")} errorText={errorAt(problem, "system_id")}>
            <Select
              options={options}
              selectedOption={options.find(({ value }) => value === of("system_id")) ?? null}
              placeholder="Choose a system"
              onChange={({ detail }) => set("system_id")(detail.selectedOption.value ?? "")}
            />
          </FormField>
        )}
        {app === null && (
          <FormField label="Environment" errorText={errorAt(problem, "environment")}>
            <RadioGroup
              ariaLabel="Environment"
              value={of("environment")}
              items={[
                { value: "live", label: "Live" },
                { value: "test", label: "Test" },
              ]}
              onChange={({ detail }) => set("environment")(detail.value)}
            />
          </FormField>
        )}
        {text("title", "What people choose it by.")}
        {text("client_id", "As the system knows the client.")}
        {text(
          "client_secret",
          app === null
            ? "It is sealed when you save it, and never shown."
            : "Leave it empty to keep it. It is needed again when the client id or an address changes.",
          "password",
        )}
        {bringsAddresses && ADDRESSES.slice(0, 1).map(({ id, help }) => text(id, help))}
        {bringsAddresses && (
          <Button
            formAction="none"
            disabled={of("issuer").trim() === ""}
            loading={looking.isPending}
            loadingText="Looking up"
            onClick={() => {
              saving.reset();
              looking.mutate();
            }}
          >
            Look up the addresses
          </Button>
        )}
        {bringsAddresses && ADDRESSES.slice(1).map(({ id, help }) => text(id, help))}
      </SpaceBetween>
    </ConfirmDialog>
  );
}

function startOf(app: App | null): Values {
  if (app === null) return { environment: "live" };
  const { title, client_id, authorize_url, token_url, revocation_url, issuer } = app;
  return {
    title,
    client_id,
    authorize_url: authorize_url ?? "",
    token_url: token_url ?? "",
    revocation_url: revocation_url ?? "",
    issuer: issuer ?? "",
  };
}
