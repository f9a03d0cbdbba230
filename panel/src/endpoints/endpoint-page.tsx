import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useParams } from "react-router";

import { Stamp } from "../account/stamp";
import { usePage } from "../app/frame";
import { useSystemName } from "../systems/queries";
import { ActiveLabel, EnvironmentLabel } from "../ui/labels";
import { Loading } from "../ui/loading";
import { EndpointActions } from "./endpoint-actions";
import { KeyLink } from "./key-link";
import { KINDS, type Kind, triggerText } from "./kinds";
import { type Endpoint, useEndpoint, useNamedKeys } from "./queries";

/** One source or destination. */
export function EndpointPage({ kind }: { kind: Kind }) {
  const { id = "" } = useParams();
  const endpoint = useEndpoint(kind, id);
  const { title, titles, plural } = KINDS[kind];
  usePage(endpoint.data?.title ?? title, [{ text: titles, href: `#/${plural}` }]);
  if (endpoint.data !== undefined) return <Shown kind={kind} data={endpoint.data} />;
  return (
    <ContentLayout header={<Header variant="h1">{title}</Header>}>
      <Loading what={`the ${kind}`} asked={endpoint} />
    </ContentLayout>
  );
}

function Shown({ kind, data }: { kind: Kind; data: Endpoint }) {
  const nameOf = useSystemName();
  const keys = useNamedKeys([data.key_id]);
  return (
    <ContentLayout
      header={
        <Header variant="h1" actions={<EndpointActions kind={kind} data={data} />}>
          <SpaceBetween direction="horizontal" size="xs" alignItems="center">
            {data.title}
            <EnvironmentLabel environment={data.environment} />
          </SpaceBetween>
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">About</Header>}>
          <KeyValuePairs
            columns={3}
            items={[
              { label: "State", value: <ActiveLabel active={data.active} /> },
              { label: "System", value: nameOf(data.system_id) },
              { label: "Environment", value: data.environment === "live" ? "Live" : "Test" },
              { label: "Function", value: data.function },
              { label: "Trigger", value: triggerText(data.trigger) },
              {
                label: "Key",
                value: (
                  <KeyLink
                    id={data.key_id}
                    organization={data.organization}
                    keys={keys}
                    edit={`/${KINDS[kind].plural}/${data.id}/edit`}
                  />
                ),
              },
              { label: "Created", value: <Stamp at={data.created_at} by={data.created_by} /> },
              { label: "Changed", value: <Stamp at={data.updated_at} by={data.updated_by} /> },
              { label: `${KINDS[kind].title} id`, value: data.id },
            ]}
          />
        </Container>
        <Container
          header={
            <Header variant="h2" description="The platform’s function gets these settings.">
              Settings
            </Header>
          }
        >
          <pre style={{ margin: 0, whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
            {JSON.stringify(data.settings, null, 2)}
          </pre>
        </Container>
      </SpaceBetween>
    </ContentLayout>
  );
}
