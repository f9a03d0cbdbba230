/** Whether two drafts would be saved alike, as far as people can see. */
export function isSame(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  names.delete("rowId");
  return [...names].every((name) =>
    isSame((left as Record<string, unknown>)[name], (right as Record<string, unknown>)[name]),
  );
}
