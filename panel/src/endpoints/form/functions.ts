/** The most names that are offered. */
const MOST = 5;

/** The functions that endpoints of a system use, the most frequent first. */
export function functionsOf(
  rows: readonly { id: string; system_id?: string; function?: string }[],
  systemId: string,
): string[] {
  const counts = new Map<string, number>();
  for (const { system_id, function: name } of rows)
    if (system_id === systemId && name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  const byCount = [...counts].toSorted(([a, m], [b, n]) => n - m || a.localeCompare(b, "en"));
  return byCount.slice(0, MOST).map(([name]) => name);
}
