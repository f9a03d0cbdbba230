import type { Account } from "../account/queries";
import type { useDocumentForm } from "../ui/use-document-form";
import type { AccountDraft } from "./account-draft";

/** What the sections of the form work on. */
export type AccountFormState = ReturnType<typeof useDocumentForm<AccountDraft, Account>>;
