import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNavigate, useParams } from "react-router";

import { usePage } from "../app/frame";
import { AFTER_SAVE, useSay } from "../app/notices";
import { useMay } from "../session/context";
import { EnvironmentLabel } from "../ui/labels";
import { Loading } from "../ui/loading";
import { MayNotWrite } from "./create-page";
import { KeyForm } from "./form/key-form";
import { noticesOf } from "./notices";
import { type Key, useKey } from "./queries";
import { useTestOffer } from "./test-offer";

/** Changes a key. What uses it uses the change from the moment it is saved. */
export function EditKeyPage() {
  const { keyId = "" } = useParams();
  const key = useKey(keyId);
  const title = key.data?.title;
  usePage(title === undefined ? "Edit key" : `Edit ${title}`, [{ text: "Keys", href: "#/keys" }]);
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="Secrets stay as they are unless you replace them. A change is active as soon as it is saved."
        >
          <SpaceBetween direction="horizontal" size="xs" alignItems="center">
            {title === undefined ? "Edit key" : `Edit ${title}`}
            <EnvironmentLabel environment={key.data?.environment ?? "live"} />
          </SpaceBetween>
        </Header>
      }
    >
      {key.data !== undefined ? <Form key={keyId} start={key.data} /> : <Loading what="the key" asked={key} />}
    </ContentLayout>
  );
}

function Form({ start }: { start: Key }) {
  const navigate = useNavigate();
  const say = useSay();
  const testOf = useTestOffer();
  const mayWrite = useMay("keys:write");
  if (!mayWrite) return <MayNotWrite />;
  const page = `/keys/${start.key_id}`;
  return (
    <KeyForm
      system={null}
      wording="key"
      start={start}
      onSaved={(key) => {
        say("success", `“${key.title}” is saved. Whatever uses it uses this from now on.`, testOf(key.key_id));
        for (const notice of noticesOf(key)) say("warning", notice);
        void navigate(page, AFTER_SAVE);
      }}
      onCancel={() => void navigate(page)}
    />
  );
}
