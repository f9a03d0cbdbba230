import { folded, hasWords, wordsOf } from "../ui/all-words";
import { together } from "../ui/searched";

/** Something that can be found, and where it leads. */
export interface Findable {
  /** The page of it, such as `/keys/key_1`. */
  to: string;
  title: string;
  /** What stands below the title. */
  about: string;
  /** Everything that it can be found by. */
  texts: readonly string[];
}

/** The most that is shown. */
const MOST_SHOWN = 20;

/** What all the words of a text are in, wherever they stand; first what begins with the text. Last comes what else the API has found. */
export function matching(all: readonly Findable[], text: string, found: readonly Findable[] = []): Findable[] {
  const words = wordsOf(text);
  if (words.length === 0) return [];
  const whole = words.join(" ");
  const near = all.filter(({ texts }) => hasWords(texts, words));
  const rank = ({ title }: Findable) => (folded(title).startsWith(whole) ? 0 : 1);
  return together(
    near.toSorted((a, b) => rank(a) - rank(b)),
    found,
    ({ to }) => to,
  ).slice(0, MOST_SHOWN);
}
