import { useCallback, useEffect, useState } from "react";
import { useSearchParams } from "react-router";

/** How long somebody has to pause in typing before the API is asked, in milliseconds. */
const PAUSE_MS = 250;

/** What a list's address says: how it is filtered and sorted, and which of its pages is shown. */
type Member = "title" | "system" | "environment" | "attention" | "by" | "key" | "action" | "day" | "sort" | "page";

/**
 * The filter, the order and the page of a list, which stand in the address. Going back to the list, loading it again, and
 * following a link to it show the same.
 */
export interface ListAddress {
  /** What stands in the search box. */
  text: string;
  type: (text: string) => void;
  /** What to ask for: what stood there for a moment. */
  prefix: string;
  get: (member: Member) => string;
  /** Sets some members; an empty text is none. A list that is filtered or sorted anew begins at its first page. */
  change: (members: Partial<Record<Member, string>>) => void;
  clear: () => void;
}

export function useListAddress(): ListAddress {
  const [query, setQuery] = useSearchParams();
  const asked = query.get("title") ?? "";
  // The address follows what is typed after a pause, and the box follows an address that somebody goes to.
  const [typed, setTyped] = useState({ text: asked, written: asked, seen: asked });
  if (typed.seen !== asked)
    setTyped({ text: asked === typed.written ? typed.text : asked, written: asked, seen: asked });
  const change = useCallback<ListAddress["change"]>(
    // At once, or a second click on "Next page" would count from the page before.
    (members) => setQuery((before) => changedQuery(before, members), { replace: true, flushSync: true }),
    [setQuery],
  );
  const { text, written } = typed;
  useEffect(() => {
    if (text === written) return undefined;
    const timer = setTimeout(() => {
      setTyped((before) => ({ ...before, written: text }));
      change({ title: text });
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, written, change]);
  return {
    text,
    type: (text) => setTyped((before) => ({ ...before, text })),
    prefix: asked.trim(),
    get: (member) => query.get(member) ?? "",
    change,
    clear: () => {
      setTyped((before) => ({ ...before, text: "", written: "" }));
      change({ title: "", system: "", environment: "", attention: "" });
    },
  };
}

/** The query of an address with some members changed. Others, such as an open tab, stay as they are. */
export function changedQuery(before: URLSearchParams, members: Partial<Record<Member, string>>): URLSearchParams {
  const after = new URLSearchParams(before);
  if (!("page" in members)) after.delete("page");
  for (const [member, value] of Object.entries(members)) {
    if (value === "") after.delete(member);
    else after.set(member, value);
  }
  return after;
}
