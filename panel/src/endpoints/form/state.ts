import type { useDocumentForm } from "../../ui/use-document-form";
import type { Endpoint } from "../queries";
import type { EndpointDraft } from "./draft";

/** What the sections of the form work on. */
export type EndpointFormState = ReturnType<typeof useDocumentForm<EndpointDraft, Endpoint>>;
