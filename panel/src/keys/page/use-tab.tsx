import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { useOrganizations } from "../../account/queries";
import { useSystem } from "../../systems/queries";
import { Loading } from "../../ui/loading";
import { hasRequests } from "../form/template";
import type { Key } from "../queries";
import { KeyId } from "./key-id";
import { type Deed, LANGUAGES, type Language, snippet } from "./snippets";

const DEEDS: Record<Deed, { text: string; about: string; permission: string }> = {
  send: {
    text: "Send",
    about: "Keyward signs the request, sends it, and answers with the system’s response. The secret stays here.",
    permission: "keys:use",
  },
  sign: {
    text: "Sign",
    about: "Keyward answers with the URL and headers to send. You send the request yourself, as it is.",
    permission: "keys:use",
  },
  resolve: {
    text: "Resolve",
    about: "Keyward answers with the plain values, to sign in to the system with. Every such use is in the trail.",
    permission: "keys:resolve",
  },
};

/** How programs use the key: code for this very key, to copy. */
export function UseTab({ data }: { data: Key }) {
  const system = useSystem(data.system_id);
  if (system.data === undefined) return <Loading what="the system" asked={system} />;
  return <Shown data={data} deeds={hasRequests(system.data) ? ["send", "sign", "resolve"] : ["resolve"]} />;
}

function Shown({ data, deeds }: { data: Key; deeds: readonly Deed[] }) {
  const [chosen, setChosen] = useState<Deed | undefined>(deeds[0]);
  const deed = chosen ?? "resolve";
  const [language, setLanguage] = useState<Language>("curl");
  const names = Object.keys(data.entries).filter((name) => name !== "default");
  const [organization, setOrganization] = useState(names[0] ?? null);
  const { organizations } = useOrganizations();
  const options = names.map((value) => {
    const title = organizations.find(({ organization_id }) => organization_id === value)?.title;
    return { value, label: title ?? value, ...(title !== undefined && { description: value }) };
  });
  const { about, permission } = DEEDS[deed];
  const code = snippet(language, deed, {
    origin: location.origin,
    keyId: data.key_id,
    environment: data.environment,
    organization,
    path: "/",
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Programs name the key by its id. It stays the same, whatever is changed in it."
        >
          Use this key
        </Header>
      }
    >
      <SpaceBetween size="l">
        <SpaceBetween direction="horizontal" size="xs">
          <Box variant="awsui-key-label">Key id</Box>
          <KeyId id={data.key_id} />
        </SpaceBetween>
        {deeds.length > 1 && (
          <SegmentedControl
            label="What the program does"
            selectedId={deed}
            options={deeds.map((id) => ({ id, text: DEEDS[id].text }))}
            onChange={({ detail }) => setChosen(deeds.find((id) => id === detail.selectedId))}
          />
        )}
        <Box>
          {about} It needs the token of a machine client with the permission <Box variant="code">{permission}</Box> in
          the {data.environment} environment, in the variable <Box variant="code">KEYWARD_TOKEN</Box>.
        </Box>
        {organization !== null && (
          <FormField label="Organization">
            <Select
              options={options}
              selectedOption={options.find(({ value }) => value === organization) ?? null}
              onChange={({ detail }) => setOrganization(detail.selectedOption.value ?? organization)}
            />
          </FormField>
        )}
        <SegmentedControl
          label="Language"
          selectedId={language}
          options={LANGUAGES.map(({ id, label }) => ({ id, text: label }))}
          onChange={({ detail }) => setLanguage(LANGUAGES.find(({ id }) => id === detail.selectedId)?.id ?? language)}
        />
        <section aria-label="Code">
          <SpaceBetween size="xs">
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: What scrolls must be reached by the keyboard. */}
            <pre tabIndex={0} style={{ margin: 0, overflowX: "auto", fontSize: "13px" }}>
              {code}
            </pre>
            <CopyToClipboard
              copyButtonText="Copy the code"
              copySuccessText="The code is copied"
              copyErrorText="The code could not be copied"
              textToCopy={code}
            />
          </SpaceBetween>
        </section>
      </SpaceBetween>
    </Container>
  );
}
