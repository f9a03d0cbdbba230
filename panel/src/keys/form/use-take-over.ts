import { useQueryClient } from "@tanstack/react-query";

import { dataOf, useApi } from "../../api/client";
import { Problem, problemOf } from "../../api/problem";
import { showSaved } from "../../ui/saved";
import type { Key } from "../queries";
import { updateRequest } from "./request";
import type { KeyFormState, Trouble } from "./use-key-form";
import { rebased } from "./versions";

/** Whether somebody else was faster. */
export function isOvertaken(error: unknown): boolean {
  return error instanceof Problem && (error.code === "stale-version" || error.code === "stale-hash");
}

/**
 * Reads the key as it is now and puts the edits on top of it. What comes back is the key if there is nothing left to save:
 * then it was this very edit that was saved, and only its answer was lost.
 */
export function useTakeOver(form: KeyFormState): (beside: Trouble["beside"]) => Promise<Key | null> {
  const api = useApi();
  const queries = useQueryClient();
  return async (beside) => {
    const { system, start, draft } = form;
    if (system === null || start === null) return null;
    try {
      const now = await dataOf(api.GET("/v1/keys/{key_id}", { params: { path: { key_id: start.key_id } } }));
      await showSaved(queries, ["keys", "one", start.key_id], now);
      const isSaved = Object.keys(updateRequest(system, now, rebased(start, now, draft))).length === 0;
      if (isSaved) return now;
      form.takeOver(now);
    } catch (error) {
      form.fail(problemOf(error), beside);
    }
    return null;
  };
}
