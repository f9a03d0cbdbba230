import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNavigate, useParams } from "react-router";

import { Problem } from "../api/problem";
import { usePage } from "../app/frame";
import { asVariant, fieldsOf } from "../keys/form/template";
import { useMay } from "../session/context";
import { connectionName } from "../systems/about";
import { type System, useSystem } from "../systems/queries";
import { Loading } from "../ui/loading";
import { GuideFields } from "./guide-fields";
import { GuideOutcomes } from "./guide-outcomes";

const CRUMBS = [{ text: "Integrations", href: "#/settings/integrations" }];

/** How to obtain the credentials of a system, and what each field of its keys is. */
export function GuidePage() {
  const { systemId = "" } = useParams();
  const system = useSystem(systemId);
  usePage(system.data === undefined ? "Guide" : `Guide to ${system.data.name}`, CRUMBS);
  if (system.data !== undefined) return <Shown system={system.data} />;
  const isUnknown = system.error instanceof Problem && system.error.status === 404;
  return (
    <ContentLayout header={<Header variant="h1">{isUnknown ? "There is no such system" : "Guide"}</Header>}>
      {isUnknown ? <Unknown /> : <Loading what="the guide" asked={system} />}
    </ContentLayout>
  );
}

function Unknown() {
  const navigate = useNavigate();
  return (
    <Alert
      type="info"
      action={<Button onClick={() => void navigate("/settings/integrations")}>Show all systems</Button>}
    >
      No system has this id. Custom HTTP is for any HTTP API that has no template of its own.
    </Alert>
  );
}

function Shown({ system }: { system: System }) {
  const navigate = useNavigate();
  const mayWrite = useMay("keys:write");
  const { name, summary, kind, auth } = system;
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={`${summary} Connection: ${connectionName(kind)}.`}
          actions={
            mayWrite && (
              <Button variant="primary" onClick={() => void navigate(`/keys/new?system=${system.system_id}`)}>
                Create key
              </Button>
            )
          }
        >
          Guide to {name}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">Obtain the credentials</Header>}>
          <SpaceBetween size="s">
            <HowTo name={name} guide={system.guide} url={system.guide_url} />
            <Address system={system} />
          </SpaceBetween>
        </Container>
        {auth.map((variant) => (
          <Container
            key={variant.id}
            header={
              <Header variant="h2" description={variant.help}>
                {variant.label}
              </Header>
            }
          >
            <SpaceBetween size="m">
              {variant.guide != null && (
                <HowTo
                  name={`${name}: ${variant.label}`}
                  guide={variant.guide}
                  url={asVariant(system, variant.id).guide_url}
                />
              )}
              <GuideFields name={variant.label} fields={fieldsOf(system, variant.id)} />
              <GuideOutcomes name={variant.label} outcomes={variant.outcomes} />
            </SpaceBetween>
          </Container>
        ))}
      </SpaceBetween>
    </ContentLayout>
  );
}

function HowTo({ name, guide, url }: { name: string; guide: string; url: string }) {
  return (
    <div>
      {guide}{" "}
      <Link
        href={url}
        external
        externalIconAriaLabel="opens in a new tab"
        ariaLabel={`Read more: ${name} (opens in a new tab)`}
      >
        Read more
      </Link>
    </div>
  );
}

/** Where requests go, as far as people have to do with it. */
function Address({ system: { base_url, fields } }: { system: System }) {
  if (base_url.rule === "derived" || base_url.rule === "choice") {
    const labels = fields.filter(({ id }) => base_url.fields.includes(id)).map(({ label }) => label);
    return <Box>Where requests go follows from {[...new Set(labels)].join(", ")}.</Box>;
  }
  if (base_url.help == null || !["typed", "overridable"].includes(base_url.rule)) return null;
  return (
    <div>
      <b>Base URL</b>: {base_url.help}
      {base_url.example != null && (
        <>
          {" "}
          Such as <Box variant="code">{base_url.example}</Box>.
        </>
      )}
    </div>
  );
}
