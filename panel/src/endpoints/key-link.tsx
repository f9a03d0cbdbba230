import { useMay } from "../session/context";
import { PageLink } from "../ui/page-link";

interface KeyLinkProps {
  id: string | null | undefined;
  organization: string | null | undefined;
  titleOf: (id: string) => string;
}

/** The key that an endpoint uses, and whose credentials of it. */
export function KeyLink({ id, organization, titleOf }: KeyLinkProps) {
  const mayRead = useMay("keys:read");
  if (id == null) return "none";
  if (!mayRead) return "a key that is not shown to you";
  return (
    <>
      <PageLink to={`/keys/${id}`}>{titleOf(id)}</PageLink>
      {organization != null && ` (${organization})`}
    </>
  );
}
