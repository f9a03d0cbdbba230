import { useQuery } from "@tanstack/react-query";

import { dataOf, useApi } from "../api/client";

/** A customer or branch of the account. */
export interface Organization {
  organization_id: string;
  title: string;
}

/** The account's organizations; none while they are not known. */
export function useOrganizations() {
  const api = useApi();
  const account = useQuery({
    queryKey: ["account"],
    queryFn: ({ signal }) => dataOf(api.GET("/v1/account", { signal })),
  });
  return { organizations: account.data?.organizations ?? [], isPending: account.isPending };
}
