/** The words of a text, as they are compared. */
export function wordsOf(text: string): string[] {
  return folded(text)
    .split(/\s+/)
    .filter((word) => word !== "");
}

/** Whether texts have all these words in them, wherever they stand. */
export function hasWords(texts: readonly string[], words: readonly string[]): boolean {
  const haystack = folded(texts.join("\n"));
  return words.every((word) => haystack.includes(word));
}

/** Letters without their marks and in lower case, so that "uber" finds "Über". */
export function folded(text: string): string {
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
}
