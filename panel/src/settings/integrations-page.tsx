import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useSearchParams } from "react-router";

import { usePage } from "../app/frame";
import { AppsTab } from "../connect/apps-tab";
import { CredentialsTab } from "./credentials-tab";
import { SystemsTab } from "./systems-tab";
import { WebhooksSection } from "./webhooks-section";

const TABS = [
  { id: "systems", label: "Systems", content: <SystemsTab /> },
  { id: "credentials", label: "Credentials and Webhooks", content: <CredentialsAndWebhooks /> },
  { id: "apps", label: "Apps", content: <AppsTab /> },
];

/** The credentials of HTTP APIs, and where the account hears of events with them. */
function CredentialsAndWebhooks() {
  return (
    <SpaceBetween size="l">
      <CredentialsTab />
      <WebhooksSection />
    </SpaceBetween>
  );
}

/** What the account can be connected to. */
export function IntegrationsPage() {
  usePage("Integrations");
  const [query, setQuery] = useSearchParams();
  const asked = query.get("tab");
  return (
    <ContentLayout
      header={
        <Header variant="h1" description="The systems that your data comes from and goes to.">
          Integrations
        </Header>
      }
    >
      <Tabs
        ariaLabel="Integrations"
        tabs={TABS}
        activeTabId={TABS.find(({ id }) => id === asked)?.id ?? "systems"}
        onChange={({ detail }) => setQuery({ tab: detail.activeTabId }, { replace: true })}
      />
    </ContentLayout>
  );
}
