import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useNavigate, useParams, useSearchParams } from "react-router";

import { Problem } from "../../api/problem";
import { usePage } from "../../app/frame";
import { useMay } from "../../session/context";
import { DisabledMark, EnvironmentLabel, OrganizationMark } from "../../ui/labels";
import { Loading } from "../../ui/loading";
import { ExactTime } from "../../ui/time";
import { useNow } from "../../ui/use-now";
import { isExpired } from "../attention";
import { type Key, useKey } from "../queries";
import { ActivityTab } from "./activity-tab";
import { DetailsTab } from "./details-tab";
import { KeyActions } from "./key-actions";
import { useTrail } from "./queries";
import { UseTab } from "./use-tab";
import { UsesTab } from "./uses-tab";
import { VersionsTab } from "./versions-tab";

const CRUMBS = [{ text: "Keys", href: "#/keys" }];

/** One key: what it holds, masked, what uses it, and what happened to it. */
export function KeyPage() {
  const { keyId = "" } = useParams();
  const key = useKey(keyId);
  usePage(key.data?.title ?? "Key", CRUMBS);
  if (key.data !== undefined) return <Shown data={key.data} />;
  const isGone = key.error instanceof Problem && key.error.status === 404;
  return (
    <ContentLayout header={<Header variant="h1">{isGone ? "There is no such key" : "Key"}</Header>}>
      {isGone ? <Gone keyId={keyId} /> : <Loading what="the key" asked={key} />}
    </ContentLayout>
  );
}

/** Says so, and shows owners what happened to it: that stays when a key is deleted. Of a key that never was there is nothing. */
function Gone({ keyId }: { keyId: string }) {
  const navigate = useNavigate();
  const mayAudit = useMay("audit:read");
  const trail = useTrail(keyId, mayAudit);
  const hasTrail = (trail.data?.pages[0]?.items.length ?? 0) > 0;
  return (
    <SpaceBetween size="l">
      <Alert type="info" action={<Button onClick={() => void navigate("/keys")}>Show all keys</Button>}>
        {hasTrail
          ? "It was deleted. What happened to it is below."
          : "It was deleted, or it does not belong to this account."}
      </Alert>
      {hasTrail && <ActivityTab keyId={keyId} about={null} />}
    </SpaceBetween>
  );
}

/** Says of a key that has expired what that means, and since when. */
function ExpiredAlert({ data: { key_id, expires_at: at } }: { data: Key }) {
  const navigate = useNavigate();
  const mayWrite = useMay("keys:write");
  const now = useNow();
  if (!isExpired(at, now)) return null;
  return (
    <Alert
      type="error"
      action={mayWrite && <Button onClick={() => void navigate(`/keys/${key_id}/edit`)}>Change its end</Button>}
    >
      This key expired on <ExactTime at={at ?? ""} />. Nothing can use it.
    </Alert>
  );
}

function Shown({ data }: { data: Key }) {
  const [query, setQuery] = useSearchParams();
  const mayAudit = useMay("audit:read");
  const tabs = [
    { id: "details", label: "Details", content: <DetailsTab data={data} /> },
    { id: "uses", label: `Active uses (${data.active_uses})`, content: <UsesTab keyId={data.key_id} /> },
    { id: "use", label: "Use this key", content: <UseTab data={data} /> },
    { id: "versions", label: "Versions", content: <VersionsTab data={data} /> },
    ...(mayAudit
      ? [{ id: "activity", label: "Activity", content: <ActivityTab keyId={data.key_id} about={data} /> }]
      : []),
  ];
  const asked = query.get("tab");
  return (
    <ContentLayout
      header={
        <Header variant="h1" actions={<KeyActions data={data} />}>
          <SpaceBetween direction="horizontal" size="xs" alignItems="center">
            {data.title}
            <DisabledMark state={data.state} />
            <EnvironmentLabel environment={data.environment} />
            <OrganizationMark shown={data.organization_specific} />
          </SpaceBetween>
        </Header>
      }
    >
      <SpaceBetween size="l">
        <ExpiredAlert data={data} />
        <Tabs
          ariaLabel="About this key"
          tabs={tabs}
          activeTabId={tabs.find(({ id }) => id === asked)?.id ?? "details"}
          onChange={({ detail }) => setQuery({ tab: detail.activeTabId }, { replace: true })}
        />
      </SpaceBetween>
    </ContentLayout>
  );
}
