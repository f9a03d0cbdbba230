import Link from "@cloudscape-design/components/link";
import { useNavigate } from "react-router";

/** A link to a page of the panel, such as `/keys`. */
export function PageLink({ to, children }: { to: string; children: React.ReactNode }) {
  const navigate = useNavigate();
  return (
    <Link
      href={`#${to}`}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(to);
      }}
    >
      {children}
    </Link>
  );
}
