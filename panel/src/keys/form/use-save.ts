import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";

import { dataOf, idempotencyKey, ifMatch, useApi } from "../../api/client";
import { Problem, problemOf } from "../../api/problem";
import { NotSignedInAgain } from "../../app/sign-in-again";
import { type Key, keyWasSaved } from "../queries";
import { createRequest, updateRequest } from "./request";
import type { Draft } from "./state";
import type { KeyFormState } from "./use-key-form";
import { isOvertaken, useTakeOver } from "./use-take-over";

/** Saves the draft. The mutation is given what to do and not what to send, so that its state holds no secret. */
export function useSave(form: KeyFormState, onSaved: (key: Key) => void) {
  const api = useApi();
  const queries = useQueryClient();
  const takeOver = useTakeOver(form);
  /** The same draft is the same request: sent again, it has its effect once. */
  const attempt = useRef<{ draft: Draft; header: ReturnType<typeof idempotencyKey> } | null>(null);
  const saving = useMutation({ gcTime: 0, mutationFn: (go: () => Promise<void>) => go() });

  const save = (): Promise<Key> => {
    const { system, start, draft } = form;
    if (system === null) throw new Error("no system is chosen");
    if (start === null) {
      if (attempt.current?.draft !== draft) attempt.current = { draft, header: idempotencyKey() };
      return dataOf(api.POST("/v1/keys", { body: createRequest(system, draft), headers: attempt.current.header }));
    }
    const params = { path: { key_id: start.key_id }, header: ifMatch(start.version) };
    return dataOf(api.PATCH("/v1/keys/{key_id}", { params, body: updateRequest(system, start, draft) }));
  };
  const done = async (key: Key) => {
    attempt.current = null;
    await keyWasSaved(queries, key);
    form.settle(key);
    onSaved(key);
  };
  const go = async () => {
    try {
      await done(await save());
    } catch (error) {
      const saved = isOvertaken(error) ? await takeOver("save") : null;
      if (saved !== null) await done(saved);
      else if (!isOvertaken(error)) form.fail(toldOf(error), "save");
    }
  };
  return {
    isPending: saving.isPending,
    run: () => {
      if (form.check("save")) saving.mutate(go);
    },
  };
}

function toldOf(error: unknown): Problem {
  if (error instanceof NotSignedInAgain)
    return new Problem("not-signed-in-again", 0, "Nothing was saved", error.message);
  return problemOf(error);
}
