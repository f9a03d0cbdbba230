/** Reasons go on after a name, except for those that are sentences themselves. */
export function sentence(name: string, reason: string): string {
  const text = /^(is|has|must|needs|belongs|does|contains|cannot|may)\b/.test(reason)
    ? `${name} ${reason}`
    : `${name}: ${reason}`;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** What the API says to those who write requests, for people: what stands between backticks is in quotation marks. */
export function inPlainWords(text: string): string {
  return text.replaceAll(/`([^`]*)`/g, "“$1”");
}
