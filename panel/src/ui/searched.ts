import { hasWords, wordsOf } from "./all-words";
import type { PagedList } from "./paged-table";

/** How many pages of the API a search for words reads at most, and how many rows they have. */
export const SEARCHED_PAGES = 20;
export const SEARCHED_ROWS = 2_000;
/** The same where the API itself finds words beyond them. */
export const SEARCHED_PAGES_HERE = 5;
export const SEARCHED_HERE = 500;

/** What a list says whose rows the API finds beyond those that are searched here. */
export function beyondText(what: string, isFoundCut: boolean): string {
  return isFoundCut
    ? `More than ${SEARCHED_ROWS} ${what} have these words: add another one.`
    : `Beyond the first ${SEARCHED_HERE} ${what} by title, words are found by their beginnings. Organizations always are.`;
}

/** What the API is asked for where it finds words itself; undefined for a text that it would refuse. */
export function askedWords(text: string): string | undefined {
  const asked = [...text.trim()].slice(0, 100).join("");
  return /[\p{L}\p{N}]/u.test(asked) ? asked : undefined;
}

interface Page<T> {
  items: readonly T[];
  next_cursor?: string | null | undefined;
}

/** Where a list goes on: at the API's cursor, until so many pages are there. */
export function nextPage<T>(page: Page<T>, pages: readonly unknown[], most: number): string | undefined {
  return pages.length >= most ? undefined : (page.next_cursor ?? undefined);
}

/** Whether a list has more than a search for words reads. */
export function isCutOff<T>(pages: readonly Page<T>[] | undefined, most = SEARCHED_PAGES): boolean {
  return pages !== undefined && pages.length >= most && pages.at(-1)?.next_cursor != null;
}

/** The rows of a list, and those that were found beyond it. */
export function together<T>(list: readonly T[], beyond: readonly T[], idOf: (row: T) => string): T[] {
  const ids = new Set(list.map(idOf));
  return [...list, ...beyond.filter((row) => !ids.has(idOf(row)))];
}

/** The rows that have all the words of a text in what can be seen of them. */
export function withWords<T>(rows: readonly T[], text: string, textsOf: (row: T) => readonly string[]): T[] {
  const words = wordsOf(text);
  return words.length === 0 ? [...rows] : rows.filter((row) => hasWords(textsOf(row), words));
}

/** What is found where the API looks for words too. */
interface Search<T> {
  text: string;
  /** What the API has found. */
  found: readonly T[];
  idOf: (row: T) => string;
  /** What can be seen of a row. */
  textsOf: (row: T) => readonly string[];
}

/**
 * The rows of a list, in its order, that have all the words of a text in what can be seen of them, or that the API has found; and then
 * what it has found beyond the list. It knows more of a row: its organizations, and every host.
 */
export function searched<T>(list: readonly T[], { text, found, idOf, textsOf }: Search<T>): T[] {
  if (wordsOf(text).length === 0) return [...list];
  const near = new Set([...withWords(list, text, textsOf), ...found].map(idOf));
  return together(
    list.filter((row) => near.has(idOf(row))),
    found,
    idOf,
  );
}

/** What a searched list waits for: first for what is searched here, and then for what the API finds, unless some rows can be shown. */
export function coming(read: PagedList, found: PagedList, hasRows: boolean): PagedList {
  if (read.isPending || read.hasNextPage || read.error !== null) return read;
  const { error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = found;
  return { error, isPending: isPending && !hasRows, hasNextPage, isFetchingNextPage, fetchNextPage, refetch };
}
