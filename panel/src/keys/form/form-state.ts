import { createContext, useContext } from "react";

import type { System } from "../../systems/queries";
import type { Key } from "../queries";
import type { Needed } from "./needed";
import type { Draft } from "./state";

/** What the same form is called where: the key of a system, or the credential of an API. */
export type Wording = "key" | "credential";

/** What every part of the form works on. */
export interface FormState {
  system: System;
  /** The stored key that the edits are based on; null for a new one. */
  start: Key | null;
  draft: Draft;
  wording: Wording;
  /** Secrets that cannot stay, by path, with why. */
  needed: Needed;
  /** Replaces the draft; `path` is what was edited. */
  change: (draft: Draft, path: string) => void;
  /** Somebody is done with a field for now, so that it may be told what is wrong with it. */
  leave: (path: string) => void;
  /** What is wrong with a field, as a sentence. */
  errorAt: (path: string, name: string) => string | undefined;
}

const FormContext = createContext<FormState | null>(null);
export const FormProvider = FormContext.Provider;

export function useForm(): FormState {
  const form = useContext(FormContext);
  if (form === null) throw new Error("there is no form here");
  return form;
}
