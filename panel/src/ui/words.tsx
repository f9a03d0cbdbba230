/** What people have written: a word that is too long for its place is broken. */
export function Words({ children }: { children: React.ReactNode }) {
  return <span style={{ overflowWrap: "anywhere" }}>{children}</span>;
}
