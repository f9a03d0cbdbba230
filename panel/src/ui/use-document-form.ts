import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { Problem, type ProblemField, problemOf } from "../api/problem";
import type { Difference, Overtaken } from "./overtaken-alert";
import { isSame } from "./same";
import { inPlainWords, sentence } from "./sentence";

/** What the API keeps, with the version that a change is based on. */
export interface Versioned {
  version: number;
  updated_at?: string | null | undefined;
}

interface DocumentFormOptions<D extends object, Document extends Versioned> {
  /** The stored document to change; null makes a new one. */
  first: Document | null;
  /** The input in the form for a stored or a new document. */
  draftOf: (document: Document | null) => D;
  /** What people call the members of the draft, and how their values are told. Others are not compared. */
  told: Partial<{ [Member in keyof D]: readonly [name: string, text: (value: D[Member]) => string | null] }>;
  /** What people call the field at a path of the request. */
  nameAt: (draft: D, path: string) => string | null;
  /** The complaints that are known before the API answers. */
  complaints: (draft: D) => readonly ProblemField[];
  save: (draft: D, start: Document | null) => Promise<Document>;
  /** The document as it is now. */
  read: () => Promise<Document>;
  onSaved: (document: Document) => Promise<void>;
}

/**
 * A form over one document of the API: what stands in it, what is wrong with that, and what happens when somebody else was
 * faster. Keys have a form of their own, for their secrets.
 */
export function useDocumentForm<D extends object, Document extends Versioned>(
  options: DocumentFormOptions<D, Document>,
) {
  const { draftOf, told, nameAt, complaints, save, read, onSaved } = options;
  const [start, setStart] = useState(options.first);
  const [draft, setDraft] = useState(() => draftOf(options.first));
  const [untouched, setUntouched] = useState(draft);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [edited, setEdited] = useState<ReadonlySet<string>>(new Set());
  const [overtaken, setOvertaken] = useState<Overtaken | null>(null);

  const fail = (problem: Problem) => {
    setProblem(problem);
    setEdited(new Set());
  };
  /** Puts the edits on top of what is stored now; true if nothing is left to save, since it was this edit that was saved. */
  const takeOver = (now: Document): boolean => {
    const theirs = draftOf(now);
    const rebased = mapMembers(draft, (member, mine) => (isSame(mine, untouched[member]) ? theirs[member] : mine));
    if (isSame(rebased, theirs)) return true;
    setOvertaken({ by: now, differences: differences(untouched, theirs, draft, told) });
    setStart(now);
    setUntouched(theirs);
    setDraft(rebased);
    return false;
  };
  /** What stands here is what is stored: the form goes on from there, should it be shown for longer than the save. */
  const settle = (stored: Document) => {
    if (start === null) return;
    setStart(stored);
    setDraft(draftOf(stored));
    setUntouched(draftOf(stored));
    setOvertaken(null);
  };
  const done = async (saved: Document) => {
    settle(saved);
    await onSaved(saved);
  };
  const saving = useMutation({
    gcTime: 0,
    mutationFn: async () => {
      setProblem(null);
      try {
        await done(await save(draft, start));
      } catch (error) {
        if (!(error instanceof Problem && error.code === "stale-version")) return fail(problemOf(error));
        try {
          const now = await read();
          if (takeOver(now)) await done(now);
        } catch (error) {
          fail(problemOf(error));
        }
      }
    },
  });
  return {
    start,
    draft,
    problem,
    overtaken,
    isDirty: !isSame(draft, untouched),
    isPending: saving.isPending,
    nameOf: (path: string) => nameAt(draft, path),
    /** Sets members of the draft; `paths` are the fields, as a problem names them, that need not be told about any more. */
    change: (edit: Partial<D>, ...paths: string[]) => {
      setDraft((before) => ({ ...before, ...edit }));
      setEdited((before) => new Set([...before, ...paths]));
    },
    errorAt: (path: string): string | undefined => {
      if (edited.has(path)) return undefined;
      const found = problem?.errors.find(({ field }) => field === path);
      return found === undefined ? undefined : sentence(nameAt(draft, path) ?? path, inPlainWords(found.reason));
    },
    save: () => {
      const wrong = complaints(draft);
      if (wrong.length > 0)
        fail(
          new Problem(
            "invalid-fields",
            0,
            "Something is missing or not right",
            "Nothing was saved yet. Correct the fields that are listed here.",
            wrong,
          ),
        );
      else saving.mutate();
    },
    /** Drops the edits for what is stored. */
    startAgain: () => {
      setDraft(untouched);
      setOvertaken(null);
      setProblem(null);
    },
  };
}

function differences<D extends object>(
  before: D,
  after: D,
  mine: D,
  told: DocumentFormOptions<D, Versioned>["told"],
): Difference[] {
  const found: Difference[] = [];
  for (const member of Object.keys(told) as (keyof D)[]) {
    const telling = told[member];
    if (telling === undefined || isSame(before[member], after[member])) continue;
    const [name, text] = telling;
    const edited = !isSame(mine[member], before[member]) && !isSame(mine[member], after[member]);
    found.push({ name, before: text(before[member]), after: text(after[member]), edited });
  }
  return found;
}

function mapMembers<D extends object>(
  draft: D,
  value: <Member extends keyof D>(member: Member, mine: D[Member]) => D[Member],
): D {
  const members = (Object.keys(draft) as (keyof D)[]).map((member) => [member, value(member, draft[member])]);
  return Object.fromEntries(members) as D;
}
