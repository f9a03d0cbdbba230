import Alert from "@cloudscape-design/components/alert";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import { useNavigate, useParams } from "react-router";

import { usePage } from "../app/frame";
import { AFTER_SAVE, useSay } from "../app/notices";
import { useMay } from "../session/context";
import { Loading } from "../ui/loading";
import { EndpointForm } from "./form/endpoint-form";
import { KINDS, type Kind } from "./kinds";
import { type Endpoint, useEndpoint } from "./queries";

/** Makes a new source or destination. */
export function CreateEndpointPage({ kind }: { kind: Kind }) {
  const { titles, plural, about } = KINDS[kind];
  usePage(`Create ${kind}`, [{ text: titles, href: `#/${plural}` }]);
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={about}>
          Create {kind}
        </Header>
      }
    >
      <Form kind={kind} first={null} />
    </ContentLayout>
  );
}

/** Changes a source or destination. */
export function EditEndpointPage({ kind }: { kind: Kind }) {
  const { id = "" } = useParams();
  const endpoint = useEndpoint(kind, id);
  const { titles, plural } = KINDS[kind];
  const title = `Edit ${endpoint.data?.title ?? kind}`;
  usePage(title, [{ text: titles, href: `#/${plural}` }]);
  return (
    <ContentLayout header={<Header variant="h1">{title}</Header>}>
      {endpoint.data === undefined ? (
        <Loading what={`the ${kind}`} asked={endpoint} />
      ) : (
        <Form key={id} kind={kind} first={endpoint.data} />
      )}
    </ContentLayout>
  );
}

function Form({ kind, first }: { kind: Kind; first: Endpoint | null }) {
  const navigate = useNavigate();
  const say = useSay();
  const { plural } = KINDS[kind];
  const mayWrite = useMay("streams:write");
  if (!useMay("keys:read")) {
    return (
      <Alert type="info" header={`Who creates or changes ${plural} must see keys`}>
        A {kind} needs a key of its system, and keys are not shown to you. Ask an owner of the account to do this, or
        for another role.
      </Alert>
    );
  }
  if (!mayWrite) {
    return (
      <Alert type="info" header={`You may look at ${plural}`}>
        Your role does not let you create or change them. An owner of the account can give you another one.
      </Alert>
    );
  }
  return (
    <EndpointForm
      kind={kind}
      first={first}
      onSaved={({ id, title }) => {
        say("success", `“${title}” is saved.`);
        void navigate(`/${plural}/${id}`, { ...AFTER_SAVE, replace: first === null });
      }}
      onCancel={() => void navigate(first === null ? `/${plural}` : `/${plural}/${first.id}`)}
    />
  );
}
