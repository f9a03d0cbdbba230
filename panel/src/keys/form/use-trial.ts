import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { dataOf, ifMatch, type Schemas, useApi } from "../../api/client";
import { problemOf } from "../../api/problem";
import { createRequest, updateRequest } from "./request";
import type { Draft } from "./state";
import type { KeyFormState } from "./use-key-form";
import { isOvertaken, useTakeOver } from "./use-take-over";

interface Ask {
  organization?: string | undefined;
  path?: string | undefined;
}

interface Outcome extends Ask {
  verification: Schemas["Verification"];
  /** What was tried. */
  draft: Draft;
}

/**
 * Tries the draft against its system. Beside saving, this is the only request that carries what was typed. The mutation
 * is given what to do and not what to send, so that its state holds no secret.
 */
export function useTrial(form: KeyFormState) {
  const api = useApi();
  const queries = useQueryClient();
  const takeOver = useTakeOver(form);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const trial = useMutation({ gcTime: 0, mutationFn: (go: () => Promise<void>) => go() });

  const verify = (ask: Ask): Promise<Schemas["Verification"]> => {
    const { system, start, draft } = form;
    if (system === null) throw new Error("no system is chosen");
    const query = { organization: ask.organization, path: ask.path };
    if (start === null) {
      const body = createRequest(system, {
        ...draft,
        title: draft.title.trim() === "" ? "Test connection" : draft.title,
      });
      return dataOf(api.POST("/v1/verifications", { params: { query }, body }));
    }
    const patch = updateRequest(system, start, draft);
    return dataOf(
      api.POST("/v1/keys/{key_id}/verify", {
        params: { path: { key_id: start.key_id }, query },
        headers: ifMatch(start.version),
        // Without an edit it is the stored key that is tried, and its health that is noted.
        ...(Object.keys(patch).length > 0 && { body: patch }),
      }),
    );
  };
  const go = async (ask: Ask) => {
    try {
      setOutcome({ ...ask, verification: await verify(ask), draft: form.draft });
      form.forgive();
      void queries.invalidateQueries({ queryKey: ["keys"] });
    } catch (error) {
      if (isOvertaken(error)) await takeOver("trial");
      else form.fail(problemOf(error), "trial");
    }
  };
  return {
    outcome,
    isPending: trial.isPending,
    run: (ask: Ask) => {
      setOutcome(null);
      // A title is no part of what is tried.
      if (form.check("trial", ["title", "expires_at"])) trial.mutate(() => go(ask));
    },
  };
}
