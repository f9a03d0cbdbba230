import Alert from "@cloudscape-design/components/alert";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearchParams } from "react-router";

import { usePage } from "../app/frame";
import { AFTER_SAVE, useSay } from "../app/notices";
import { useMay } from "../session/context";
import type { System } from "../systems/queries";
import { KeyForm } from "./form/key-form";
import { missingOf } from "./missing";
import { noticesOf } from "./notices";
import { useTestOffer } from "./test-offer";

/** Makes a new key; `?system=` says for which system to begin with. */
export function CreateKeyPage() {
  usePage("Create key", [{ text: "Keys", href: "#/keys" }]);
  const navigate = useNavigate();
  const say = useSay();
  const queries = useQueryClient();
  const testOf = useTestOffer();
  const [query] = useSearchParams();
  const preset = query.get("system");
  const mayWrite = useMay("keys:write");
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="Its secrets are sealed when you save it. They are used from then on without being shown."
        >
          Create key
        </Header>
      }
    >
      {mayWrite ? (
        <KeyForm
          key={preset}
          system={null}
          preset={preset}
          wording="key"
          start={null}
          onSaved={(key) => {
            const missing = missingOf(key, queries.getQueryData<System>(["systems", key.system_id]));
            if (missing === null)
              say("success", `“${key.title}” is saved, and can be used from now on.`, testOf(key.key_id));
            else say("warning", `“${key.title}” is saved, and ${missing}.`, testOf(key.key_id));
            for (const notice of noticesOf(key)) say("warning", notice);
            // Back leads to where somebody came from, and not to an empty form.
            void navigate(`/keys/${key.key_id}`, { ...AFTER_SAVE, replace: true });
          }}
          onCancel={() => void navigate("/keys")}
        />
      ) : (
        <MayNotWrite />
      )}
    </ContentLayout>
  );
}

/** For somebody who came here by an address. */
export function MayNotWrite() {
  return (
    <Alert type="info" header="You may look at keys">
      Your role does not let you create or change them. An owner of the account can give you another one.
    </Alert>
  );
}
