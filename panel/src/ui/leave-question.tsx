import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useCallback, useEffect, useRef, useState } from "react";
import { useBlocker } from "react-router";

/** Asks before what was typed is lost, by whatever way somebody leaves. */
export function useLeaveQuestion(isDirty: boolean) {
  const guarded = useRef(isDirty);
  useEffect(() => {
    guarded.current = isDirty;
  }, [isDirty]);
  const blocker = useBlocker(useCallback(() => guarded.current, []));
  const [wanted, setWanted] = useState<(() => void) | null>(null);

  useEffect(() => {
    if (!isDirty) return undefined;
    const hold = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", hold);
    return () => removeEventListener("beforeunload", hold);
  }, [isDirty]);

  const stay = () => {
    setWanted(null);
    if (blocker.state === "blocked") blocker.reset();
  };
  const leave = () => {
    guarded.current = false;
    setWanted(null);
    if (blocker.state === "blocked") blocker.proceed();
    else wanted?.();
  };
  /** Does it, after the question if there is one. */
  const ask = useCallback((go: () => void) => {
    if (guarded.current) setWanted(() => go);
    else go();
  }, []);
  return {
    /** Lets go, with nothing to lose any more. */
    release: () => {
      guarded.current = false;
    },
    ask,
    question: (
      <LeaveQuestion isVisible={wanted !== null || blocker.state === "blocked"} onStay={stay} onLeave={leave} />
    ),
  };
}

function LeaveQuestion({
  isVisible,
  onStay,
  onLeave,
}: {
  isVisible: boolean;
  onStay: () => void;
  onLeave: () => void;
}) {
  if (!isVisible) return null;
  return (
    <Modal
      visible
      header="Leave without saving?"
      closeAriaLabel="Close"
      onDismiss={onStay}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onLeave}>
              Leave
            </Button>
            <Button variant="primary" onClick={onStay}>
              Stay
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      What you have typed is not saved yet, and is lost when you leave.
    </Modal>
  );
}
