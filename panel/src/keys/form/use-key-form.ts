import { useCallback, useMemo, useState } from "react";

import { Problem, type ProblemField } from "../../api/problem";
import { lineAndColumn } from "../../json/place";
import type { System } from "../../systems/queries";
import { afterPress } from "../../ui/after-press";
import type { Overtaken } from "../../ui/overtaken-alert";
import { isSame } from "../../ui/same";
import { sentence } from "../../ui/sentence";
import type { Key } from "../queries";
import { draftOf, newDraft } from "./draft";
import type { FormState, Wording } from "./form-state";
import { type JsonReading, readJson } from "./json-read";
import { jsonText } from "./json-text";
import { movedTo } from "./moving";
import { bindingOf, neededAgain } from "./needed";
import { complaints } from "./rules";
import type { Draft } from "./state";
import { asVariant } from "./template";
import { differences, rebased } from "./versions";

export type Mode = "form" | "json";

/** A problem, and next to which button it belongs. */
export interface Trouble {
  problem: Problem;
  beside: "save" | "trial";
}

/** The state of a form: what it is based on, what stands in it, and what is wrong with that. */
export function useKeyForm(firstSystem: System | null, firstStart: Key | null, wording: Wording) {
  const [template, setSystem] = useState(firstSystem);
  const [start, setStart] = useState(firstStart);
  const [draft, setDraft] = useState<Draft>(() => (firstStart === null ? newDraft(firstSystem) : draftOf(firstStart)));
  const [untouched, setUntouched] = useState(draft);
  const system = useMemo(() => (template === null ? null : asVariant(template, draft.auth)), [template, draft.auth]);
  const [mode, setMode] = useState<Mode>("form");
  const [text, setText] = useState("");
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [isTried, setTried] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [edited, setEdited] = useState<ReadonlySet<string>>(new Set());
  const [overtaken, setOvertaken] = useState<Overtaken | null>(null);
  const [asked, setAsked] = useState<{ binding: string; errors: readonly ProblemField[] }>({ binding: "", errors: [] });

  const reading = useMemo(
    () => (mode === "json" && system !== null ? readJson(text, system, draft, start) : null),
    [mode, text, system, draft, start],
  );
  const needed = useMemo(() => {
    const own = system === null ? new Map<string, string>() : neededAgain(start, system, draft);
    const isAsked = system !== null && asked.binding === bindingOf(system, draft);
    return new Map([
      ...(isAsked ? asked.errors.map(({ field }) => [field, "where it goes has changed"] as const) : []),
      ...own,
    ]);
  }, [system, start, draft, asked]);
  const wrong = useMemo(
    () => (system === null ? [] : complaints(system, draft, needed, start)),
    [system, draft, needed, start],
  );

  /** Shows a draft in whichever mode there is. */
  const show = useCallback(
    (system: System | null, draft: Draft) => {
      setDraft(draft);
      if (mode === "json" && system !== null) setText(jsonText(system, draft));
    },
    [mode],
  );
  const change = useCallback(
    (next: Draft, path: string) => {
      show(system, next);
      setEdited((before) => new Set([...before, path]));
    },
    [show, system],
  );
  const leave = useCallback((path: string) => afterPress(() => setLeft((before) => new Set([...before, path]))), []);
  const errorAt = useCallback(
    (path: string, name: string) => {
      const told = edited.has(path) ? [] : (trouble?.problem.errors.filter(({ field }) => field === path) ?? []);
      const own = isTried || left.has(path) ? wrong.filter(({ field }) => field === path) : [];
      const [first] = own.length > 0 ? own : told;
      return first === undefined ? undefined : sentence(name, first.reason);
    },
    [edited, trouble, isTried, left, wrong],
  );

  const fail = useCallback(
    (told: Problem, beside: Trouble["beside"]) => {
      const problem = inWordsOfTheForm(told);
      setTrouble({ problem, beside });
      setEdited(new Set());
      if (problem.code === "secrets-needed" && system !== null)
        setAsked({ binding: bindingOf(system, draft), errors: problem.errors });
    },
    [system, draft],
  );
  /** Whether all is right as far as can be told here; if not, it is told. */
  const check = (beside: Trouble["beside"], except: readonly string[] = []): boolean => {
    setTried(true);
    const unread = unreadable(text, reading);
    const found = [...unread, ...wrong].filter(({ field }) => !except.includes(field));
    setTrouble(null);
    if (found.length > 0)
      fail(new Problem("invalid-fields", 0, "Something is missing or not right", NOTHING_DONE, found), beside);
    return found.length === 0;
  };

  return {
    state:
      system === null ? null : ({ system, start, draft, wording, needed, change, leave, errorAt } satisfies FormState),
    system,
    start,
    draft,
    mode,
    text,
    reading,
    wrong,
    trouble,
    overtaken,
    isTried,
    isDirty: !isSame(draft, untouched) || (reading !== null && reading.draft === null),
    change,
    leave,
    errorAt,
    check,
    fail,
    forgive: () => setTrouble(null),
    write: (text: string) => {
      setText(text);
      const draftOfText = system === null ? null : readJson(text, system, draft, start).draft;
      if (draftOfText !== null) setDraft(draftOfText);
    },
    /** Changes between form and JSON. A text that cannot be read stays where it is. */
    turnTo: (next: Mode): void => {
      if (next === mode || system === null) return;
      if (next === "form" && reading?.draft === null) {
        setTried(true);
        const detail = "Nothing is lost. Correct what is listed here, and then the form can show it.";
        const errors = unreadable(text, reading);
        fail(new Problem("unread-json", 0, "The JSON cannot be read yet", detail, errors), "save");
        return;
      }
      if (next === "json") setText(jsonText(system, draft));
      setMode(next);
    },
    takeSystem: (next: System) => {
      const moved = movedTo(system, next, draft, start);
      if (start === null && isSame(draft, untouched)) setUntouched(moved);
      setSystem(next);
      setLeft(new Set());
      setTried(false);
      setTrouble(null);
      setDraft(moved);
      if (mode === "json") setText(jsonText(asVariant(next, moved.auth), moved));
    },
    /** Puts the edits on top of what somebody else has saved meanwhile. */
    takeOver: (now: Key) => {
      if (start === null || system === null) return;
      setOvertaken({ by: now, differences: differences(start, now, draft, system) });
      setUntouched(draftOf(now));
      setStart(now);
      show(system, rebased(start, now, draft));
      setTrouble(null);
    },
    /** What stands here was saved: the form goes on from there, should it be shown for longer than the save. */
    settle: (saved: Key) => {
      if (start === null) return;
      setStart(saved);
      setUntouched(draftOf(saved));
      setOvertaken(null);
      show(system, draftOf(saved));
    },
    /** Drops the edits for what is stored. */
    startAgain: () => {
      if (start === null) return;
      show(system, draftOf(start));
      setOvertaken(null);
      setTried(false);
    },
  };
}

export type KeyFormState = ReturnType<typeof useKeyForm>;

/** What is wrong with the text itself, with the places. */
function unreadable(text: string, reading: JsonReading | null): ProblemField[] {
  return (reading?.errors ?? []).map(({ path, reason, offset }) => {
    const { line, column } = lineAndColumn(text, offset);
    return { field: path, reason: path === "" ? `line ${line}, column ${column}: ${reason}` : reason };
  });
}

/** The API speaks to those who write requests; here there are fields. */
function inWordsOfTheForm(told: Problem): Problem {
  const problem = withListsAsOneField(told);
  const detail = DETAILS[problem.code];
  if (detail === undefined || problem.status === 0) return problem;
  const reasons =
    problem.code === "secrets-needed"
      ? problem.errors.map((error) => ({ ...error, reason: "is needed again" }))
      : problem.errors;
  return new Problem(problem.code, problem.status, problem.title, detail, reasons, problem.uses, problem.instance);
}

/** A list that is typed into one box: what is wrong with one of its members is told there, with its place in the list. */
function withListsAsOneField(problem: Problem): Problem {
  const { code, status, title, detail, uses, instance } = problem;
  const errors = problem.errors.map(({ field, reason }) => {
    const [, list, index] = /^(restrictions\.(?:methods|paths))\[(\d+)\]$/.exec(field) ?? [];
    return list === undefined ? { field, reason } : { field: list, reason: `(number ${Number(index) + 1}) ${reason}` };
  });
  return new Problem(code, status, title, detail, errors, uses, instance);
}

const DETAILS: Record<string, string> = {
  "invalid-fields": "Nothing was saved. Correct the fields that are listed here.",
  "secrets-needed": "Nothing was saved. The change would send these secrets to another place, so enter them again.",
};
const NOTHING_DONE = "Nothing was saved or sent yet. Correct the fields that are listed here.";
