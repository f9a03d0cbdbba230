/** Reasons go on after a name, except for those that are sentences themselves. */
export function sentence(name: string, reason: string): string {
  const text = /^(is|has|must|needs|belongs|does|contains|cannot|may)\b/.test(reason)
    ? `${name} ${reason}`
    : `${name}: ${reason}`;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
