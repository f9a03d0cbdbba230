import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { useOrganizations } from "../../account/queries";
import { Stamp } from "../../account/stamp";
import type { Schemas } from "../../api/client";
import { ConnectionSection } from "../../connect/connection-section";
import { connectsOf } from "../../connect/queries";
import { guideOf } from "../../systems/about";
import { type System, useSystem } from "../../systems/queries";
import { HealthLabel } from "../../ui/labels";
import { PageLink } from "../../ui/page-link";
import { Time } from "../../ui/time";
import { Expiry } from "../expiry";
import type { Key } from "../queries";
import { StoredSecret } from "../stored-secret";
import { KeyId } from "./key-id";
import { fieldOf } from "./told";

/** What the key is, and what it holds. */
export function DetailsTab({ data }: { data: Key }) {
  const system = useSystem(data.system_id).data;
  const { organizations } = useOrganizations();
  const titleOf = (name: string) =>
    organizations.find(({ organization_id }) => organization_id === name)?.title ?? name;
  const byTitle = Object.entries(data.entries).toSorted(([a], [b]) => titleOf(a).localeCompare(titleOf(b), "en"));
  const connects = connectsOf(system, data.auth);
  return (
    <SpaceBetween size="l">
      <About data={data} system={system} />
      {connects !== null &&
        byTitle.map(([name]) => (
          <ConnectionSection
            key={name}
            data={data}
            connects={connects}
            entry={name}
            title={name === "default" ? "Connection" : `Connection of ${titleOf(name)}`}
          />
        ))}
      {byTitle.map(([name, entry]) => (
        <EntryContainer
          key={name}
          name={name}
          entry={entry}
          address={data.addresses?.[name] ?? null}
          system={system}
          auth={data.auth}
        />
      ))}
      {data.headers.length > 0 && <Headers headers={data.headers} />}
    </SpaceBetween>
  );
}

function About({ data, system }: { data: Key; system: System | undefined }) {
  const auth = system?.auth.find(({ id }) => id === data.auth)?.label ?? data.auth;
  return (
    <Container header={<Header variant="h2">About</Header>}>
      <KeyValuePairs
        columns={3}
        items={[
          {
            label: "System",
            value:
              system === undefined ? data.system_id : <PageLink to={guideOf(data.system_id)}>{system.name}</PageLink>,
          },
          { label: "Authentication", value: auth },
          { label: "Environment", value: data.environment === "live" ? "Live" : "Test" },
          ...(data.base_url == null ? [] : [{ label: "Base URL", value: data.base_url }]),
          ...(data.restrictions == null ? [] : restrictionPairs(data.restrictions)),
          ...(data.check == null ? [] : [{ label: "Check", value: checkText(data.check) }]),
          { label: "Health", value: <Health data={data} /> },
          { label: "Last used", value: data.last_used_at == null ? "never" : <Time at={data.last_used_at} /> },
          { label: "Expires", value: <Expiry at={data.expires_at ?? null} /> },
          { label: "Created", value: <Stamp at={data.created_at} by={data.created_by} /> },
          { label: "Changed", value: <Stamp at={data.updated_at} by={data.updated_by} /> },
          { label: "Version", value: data.version },
        ]}
      />
      {/* In a column of three it would be broken in two. */}
      <Box margin={{ top: "l" }}>
        <KeyValuePairs items={[{ label: "Key id", value: <KeyId id={data.key_id} /> }]} />
      </Box>
    </Container>
  );
}

function restrictionPairs({ methods, paths }: Schemas["Restrictions"]) {
  return [
    { label: "Allowed methods", value: methods.length === 0 ? "all" : methods.join(", ") },
    { label: "Allowed paths", value: paths.length === 0 ? "all" : paths.join(", ") },
  ];
}

/** A check in one line: what is asked, and what is expected. */
function checkText({ method, path, status, text, json }: Schemas["Check"]) {
  const place = json == null || json.pointer === "" ? "the body" : json.pointer;
  const body = text != null ? ` with “${text}”` : json == null ? "" : ` with ${JSON.stringify(json.value)} in ${place}`;
  return `${method} ${path === "" ? "/" : path}, expects status ${status}${body}`;
}

function Health({ data: { health, health_unreadable = [], last_tried_at } }: { data: Key }) {
  const unreadable = health_unreadable.length > 0 && (
    <span>It is stored and cannot be read for {health_unreadable.join(", ")}.</span>
  );
  if (health == null) {
    return (
      <SpaceBetween size="xxs">
        <HealthLabel result={null} since={last_tried_at != null} />
        {unreadable}
      </SpaceBetween>
    );
  }
  return (
    <SpaceBetween size="xxs">
      <HealthLabel result={health.result} />
      {unreadable}
      <span>{health.message}</span>
      <span>
        <Time at={health.checked_at} />, with version {health.key_version}
        {health.proof == null ? "" : `, shown by “${health.proof}”`}
        {health.entry === "default" ? "" : `, for ${health.entry}`}
      </span>
    </SpaceBetween>
  );
}

interface EntryContainerProps {
  name: string;
  entry: Schemas["Entry"];
  /** Where its requests go, where that follows from its fields. */
  address: string | null;
  system: System | undefined;
  auth: string;
}

function EntryContainer({ name, entry, address, system, auth }: EntryContainerProps) {
  const { organizations } = useOrganizations();
  const title = organizations.find(({ organization_id }) => organization_id === name)?.title;
  const heading = name === "default" ? "Credentials" : title === undefined ? name : `${title} (${name})`;
  const order = system?.fields.map(({ id }) => id) ?? [];
  const place = (id: string) => (order.includes(id) ? order.indexOf(id) : order.length);
  const fields = Object.entries(entry.fields).toSorted(([a], [b]) => place(a) - place(b));
  return (
    <Container header={<Header variant="h2">{heading}</Header>}>
      <KeyValuePairs
        columns={3}
        items={[
          ...fields.map(([id, value]) => ({
            label: fieldOf(system, auth, id)?.label ?? id,
            value: <EntryValue value={value} field={fieldOf(system, auth, id)} />,
          })),
          ...(address === null ? [] : [{ label: "Address of requests", value: address }]),
        ]}
      />
    </Container>
  );
}

/** A value as people read it. A private key is kept in one form, whichever it was pasted in. */
function EntryValue({ value, field }: { value: Schemas["Field"]; field: Schemas["FieldTemplate"] | undefined }) {
  const form = field?.private_key;
  if (form == null) return field?.choices.find((choice) => choice.value === value)?.label ?? <Value value={value} />;
  return (
    <SpaceBetween size="xxs">
      <Value value={value} />
      <span>
        Kept in {form === "openssh" ? "OpenSSH's form" : "PKCS#8"}, without a passphrase. The passphrase that opened it
        was not kept.
      </span>
    </SpaceBetween>
  );
}

function Headers({ headers }: { headers: Key["headers"] }) {
  return (
    <Container header={<Header variant="h2">Headers</Header>}>
      <KeyValuePairs
        columns={3}
        items={headers.map(({ name, value }) => ({ label: name, value: <Value value={value} /> }))}
      />
    </Container>
  );
}

function Value({ value }: { value: Schemas["Field"] }) {
  return typeof value === "string" ? value : <StoredSecret mark={value} />;
}
