import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, it, vi } from "vitest";

import { showSaved } from "./saved";

it("shows what was saved, although a read that began before the save is answered after it", async () => {
  const queries = new QueryClient();
  const answers: ((version: number) => void)[] = [];
  const queryFn = ({ signal }: { signal: AbortSignal }) =>
    new Promise<number>((answer, refuse) => {
      answers.push(answer);
      signal.addEventListener("abort", () => refuse(signal.reason));
    });
  const stop = new QueryObserver(queries, { queryKey: ["key"], queryFn, initialData: 1 }).subscribe(() => {});
  expect(answers).toHaveLength(1);
  await showSaved(queries, ["key"], 2);
  answers[0]?.(1);
  await vi.waitFor(() => expect(queries.isFetching()).toBe(0));
  expect(queries.getQueryData(["key"])).toBe(2);
  stop();
});
