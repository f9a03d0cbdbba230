/** What is wrong with a text that is needed and has a longest length; null if nothing is. */
export function textComplaint(text: string, { maxLength }: { maxLength: number }): string | null {
  if (text === "") return "is needed";
  return [...text].length > maxLength ? `must have at most ${maxLength} characters` : null;
}
