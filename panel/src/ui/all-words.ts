/** The words of a text, as they are compared. */
export function wordsOf(text: string): string[] {
  return folded(text)
    .split(/\s+/)
    .filter((word) => word !== "");
}

/** An id, or the end of an address with one. */
const ID = /(^|\/)[a-z]{3}_[0-9a-f-]{36}$/;
/** The fewest letters of a word that is looked for in ids: shorter ones stand in most of them. */
const LEAST_OF_ID = 8;

/** Whether texts have all these words in them, wherever they stand. Ids among the texts are found by long pieces alone. */
export function hasWords(texts: readonly string[], words: readonly string[]): boolean {
  const haystack = folded(texts.filter((text) => !ID.test(text)).join("\n"));
  const ids = texts.filter((text) => ID.test(text)).join("\n");
  return words.every((word) => haystack.includes(word) || (word.length >= LEAST_OF_ID && ids.includes(word)));
}

/** Letters without their marks and in lower case, so that "uber" finds "Über". */
export function folded(text: string): string {
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
}
