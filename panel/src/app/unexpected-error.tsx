import Button from "@cloudscape-design/components/button";
import { useRouteError } from "react-router";

import { problemOf } from "../api/problem";
import { PlainPage } from "./plain-page";

/** What is shown when a page breaks, or cannot be fetched because a newer panel has been deployed. */
export function UnexpectedError() {
  const problem = problemOf(useRouteError());
  return (
    <PlainPage
      title="This page broke"
      type="error"
      action={<Button onClick={() => location.reload()}>Load it again</Button>}
    >
      Nothing that was saved is lost. {problem.detail}
    </PlainPage>
  );
}
