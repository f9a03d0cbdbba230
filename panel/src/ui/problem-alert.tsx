import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useRef } from "react";

import type { Problem } from "../api/problem";
import { controlId } from "./field-ids";
import { inPlainWords } from "./sentence";

interface ProblemAlertProps {
  problem: Problem | null;
  /** What people call the field at a path such as `entries.default.fields.secret_key`. */
  nameOf?: (path: string) => string | null;
  /** What can be done about it, beside correcting fields. */
  action?: React.ReactNode;
}

/** What is wrong, with links to the fields to correct. It takes the focus when it appears. */
export function ProblemAlert({ problem, nameOf = () => null, action }: ProblemAlertProps) {
  const summary = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (problem !== null) summary.current?.focus();
  }, [problem]);
  if (problem === null) return null;
  return (
    <div ref={summary} tabIndex={-1} role="group" aria-label={`Problem: ${problem.title}`} data-testid="problem">
      <Alert type="error" header={problem.title} action={action}>
        <SpaceBetween size="xs">
          <span>{detailOf(problem)}</span>
          {problem.errors.length > 0 && (
            <ul>
              {problem.errors.map(({ field, reason }) => (
                <li key={`${field} ${reason}`}>
                  <FieldLink path={field} name={nameOf(field) ?? field} /> {inPlainWords(reason)}
                </li>
              ))}
            </ul>
          )}
          {problem.status >= 500 && problem.instance !== null && (
            <Box fontSize="body-s">Request {problem.instance}</Box>
          )}
        </SpaceBetween>
      </Alert>
    </div>
  );
}

/** The API names members of its problem document. Here there are fields. */
function detailOf({ code, status, detail }: Problem): string {
  if (code === "invalid-fields" && status > 0) return "Nothing was saved. Correct the fields that are listed here.";
  return inPlainWords(detail);
}

function FieldLink({ path, name }: { path: string; name: string }) {
  const control = document.getElementById(controlId(path));
  if (control === null) return <strong>{name}:</strong>;
  return (
    <Link
      href={`#${controlId(path)}`}
      onFollow={(event) => {
        event.preventDefault();
        document.getElementById(controlId(path))?.focus();
      }}
    >
      {name}:
    </Link>
  );
}

/** What the problem says about one field, for `FormField`'s `errorText`. */
export function errorAt(problem: Problem | null, path: string): string | undefined {
  const reasons = problem?.errors.filter(({ field }) => field === path).map(({ reason }) => reason);
  return reasons === undefined || reasons.length === 0 ? undefined : inPlainWords(reasons.join(" "));
}
