import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { createContext, useCallback, useContext, useRef, useState } from "react";

import { Problem, problemOf } from "../api/problem";
import type { AskToSignIn } from "../api/send";
import { type Session, SomebodyElse } from "../session/session";
import { ProblemAlert } from "../ui/problem-alert";

interface Question {
  why: "fresh" | "ended";
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** What went wrong, in the words of whoever is signed in here. */
function toldAs(error: unknown, email: string): Problem {
  if (!(error instanceof SomebodyElse)) return problemOf(error);
  const detail = `You signed in as ${error.email}, and this page belongs to ${email}. Sign in again as ${email}. What is typed here stays.`;
  return new Problem("somebody-else", 0, "That was somebody else", detail);
}

/** Nobody signed in again, so what needed it was not done. */
export class NotSignedInAgain extends Error {
  constructor() {
    super("Nothing was changed, because you did not sign in again.");
  }
}

const AskContext = createContext<AskToSignIn | null>(null);

interface SignInAgainProps {
  session: Session;
  children: (ask: AskToSignIn) => React.ReactNode;
}

/** The dialog that has a person sign in again while everything behind it stays as it is. */
export function SignInAgain({ session, children }: SignInAgainProps) {
  const [questions, setQuestions] = useState<readonly Question[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [waiting, setWaiting] = useState<AbortController | null>(null);
  const asked = useRef<Promise<void> | null>(null);

  const ask = useCallback<AskToSignIn>((why) => {
    asked.current ??= new Promise<void>((resolve, reject) => {
      setQuestions([{ why, resolve, reject }]);
    }).finally(() => {
      asked.current = null;
      setQuestions([]);
      setProblem(null);
    });
    return asked.current;
  }, []);

  const [question] = questions;
  const cancel = () => {
    waiting?.abort();
    question?.reject(new NotSignedInAgain());
  };
  const signIn = async () => {
    const controller = new AbortController();
    setWaiting(controller);
    setProblem(null);
    try {
      await session.signInAgain(controller.signal);
      question?.resolve();
    } catch (error) {
      if (!controller.signal.aborted) setProblem(toldAs(error, session.claims.email));
    } finally {
      setWaiting(null);
    }
  };

  return (
    <AskContext.Provider value={ask}>
      {/* biome-ignore lint/nursery/useReactCompiler: `ask` reads its ref when somebody asks, never while rendering. */}
      {children(ask)}
      {/* Mounted when it is asked, so that it lies above the dialog that asks. */}
      {question !== undefined && (
        <Modal
          visible
          onDismiss={cancel}
          closeAriaLabel="Close"
          header={question.why === "ended" ? "Your session has ended" : "Sign in again to do this"}
          footer={
            <Box float="right">
              <SpaceBetween direction="horizontal" size="xs">
                <Button variant="link" onClick={cancel}>
                  Cancel
                </Button>
                <Button
                  variant="primary"
                  onClick={signIn}
                  loading={waiting !== null}
                  loadingText="Waiting for the other window"
                >
                  Sign in again
                </Button>
              </SpaceBetween>
            </Box>
          }
        >
          <SpaceBetween size="m">
            <ProblemAlert problem={problem} />
            <span>
              {question.why === "ended"
                ? "Sessions last for 10 hours at most, and end when you sign out in another tab."
                : "Deleting, restoring or redirecting a live key needs a sign-in of less than five minutes ago."}{" "}
              A window opens for it, with your password and a new code. What you have typed here stays.
            </span>
          </SpaceBetween>
        </Modal>
      )}
    </AskContext.Provider>
  );
}

/**
 * Asks to sign in again before something that will need it, if the last time is too long ago. Rejects with
 * `NotSignedInAgain`.
 */
export function useFreshSignIn(session: Session): () => Promise<void> {
  const ask = useContext(AskContext);
  return useCallback(async () => {
    if (!session.isFresh) await ask?.("fresh");
  }, [ask, session]);
}
