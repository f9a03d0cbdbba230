import { PageLink } from "./page-link";

/** Links to pages of the panel, one below the other. */
export function Links({ items }: { items: readonly { to: string; text: string }[] }) {
  return (
    <ul>
      {items.map(({ to, text }) => (
        <li key={to}>
          <PageLink to={to}>{text}</PageLink>
        </li>
      ))}
    </ul>
  );
}
