import Button from "@cloudscape-design/components/button";
import Spinner from "@cloudscape-design/components/spinner";

import { problemOf } from "../api/problem";
import { ProblemAlert } from "./problem-alert";

interface LoadingProps {
  /** What is loaded, such as "the key". */
  what: string;
  asked: { error: unknown; refetch: () => unknown };
}

/** What stands where something will be: that it is on its way, or why it does not come. */
export function Loading({ what, asked }: LoadingProps) {
  if (asked.error === null) {
    return (
      <span role="status">
        <Spinner /> Loading {what}
      </span>
    );
  }
  return (
    <ProblemAlert
      problem={problemOf(asked.error)}
      action={<Button onClick={() => void asked.refetch()}>Try again</Button>}
    />
  );
}
