import { queryOptions, useQuery } from "@tanstack/react-query";
import { useCallback } from "react";

import { type Api, dataOf, type Schemas, useApi } from "../api/client";
import { useMay } from "../session/context";

export type System = Schemas["System"];
export type SystemSummary = Schemas["SystemSummary"];

/** The library changes with a release only. */
const AS_LONG_AS_THE_PAGE = Number.POSITIVE_INFINITY;

/** The systems that a key can be for; nothing is asked for where somebody may not see keys. */
export function useSystems() {
  const api = useApi();
  const enabled = useMay("keys:read");
  return useQuery({
    queryKey: ["systems"],
    enabled,
    queryFn: async ({ signal }) => (await dataOf(api.GET("/v1/systems", { signal }))).items,
    staleTime: AS_LONG_AS_THE_PAGE,
  });
}

/** The question for a system's key template. */
export function systemQuery(api: Api, systemId: string) {
  return queryOptions({
    queryKey: ["systems", systemId],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/systems/{system_id}", { params: { path: { system_id: systemId } }, signal })),
    staleTime: AS_LONG_AS_THE_PAGE,
  });
}

/** A system's key template; nothing is asked for while there is no id. */
export function useSystem(systemId: string | null) {
  const api = useApi();
  return useQuery({ ...systemQuery(api, systemId ?? ""), enabled: systemId !== null });
}

/** A system's name, or its id until that is known. */
export function useSystemName(): (systemId: string) => string {
  const { data } = useSystems();
  return useCallback((systemId) => data?.find((system) => system.system_id === systemId)?.name ?? systemId, [data]);
}
