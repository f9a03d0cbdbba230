/** What is wrong with a text that is no JSON, by the parser's codes. */
const TEXTS: Record<number, string> = {
  1: "This is no text, number, true, false or null. Texts stand in quotation marks.",
  2: "This is no number.",
  3: "A name in quotation marks is expected here.",
  4: "A value is expected here.",
  5: "A colon is expected here.",
  6: "A comma is expected here.",
  7: "A closing brace } is expected here.",
  8: "A closing bracket ] is expected here.",
  9: "The text ends here. Nothing may follow.",
  10: "Comments are not allowed.",
  11: "This comment does not end.",
  12: "This text does not end: its second quotation mark is missing.",
  13: "This number does not end.",
  14: "This \\u escape needs four hexadecimal digits.",
  15: "There is no such escape. A backslash is written \\\\.",
  16: "This character cannot stand here. A line break in a text is written \\n.",
};

export function parseErrorText(code: number): string {
  return TEXTS[code] ?? "This is no JSON.";
}
