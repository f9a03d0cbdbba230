import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { problemOf } from "../api/problem";
import { ProblemAlert } from "./problem-alert";

interface ConfirmDialogProps {
  /** The question, with the name of what it is about. */
  title: string;
  /** What is done, as the button says it. */
  action: string;
  /** The same while it is done. */
  doing: string;
  /** Why it was not done. */
  error: unknown;
  /** What people call the fields that the error may name. */
  nameOf?: (path: string) => string | null;
  isPending: boolean;
  /** Whether it was done, so that there is nothing to cancel. It can be done again. */
  isDone?: boolean;
  /** Whether it could be done at all. */
  isPossible?: boolean;
  /** Whether all is known and answered that has to be before it is done. */
  isReady?: boolean;
  onConfirm: () => void;
  onClose: () => void;
  children: React.ReactNode;
}

/** Asks before something that is not easily taken back. It stays open until that is done. */
export function ConfirmDialog({ isPossible = true, isReady = true, ...props }: ConfirmDialogProps) {
  const close = () => {
    if (!props.isPending) props.onClose();
  };
  return (
    <Modal
      visible
      header={props.title}
      closeAriaLabel="Close"
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close} disabled={props.isPending}>
              {isPossible && props.isDone !== true ? "Cancel" : "Close"}
            </Button>
            {isPossible && (
              <Button
                variant="primary"
                onClick={props.onConfirm}
                disabled={!isReady}
                loading={props.isPending}
                loadingText={props.doing}
              >
                {props.action}
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {props.error != null && !props.isPending && (
          <ProblemAlert
            problem={problemOf(props.error)}
            {...(props.nameOf !== undefined && { nameOf: props.nameOf })}
          />
        )}
        {/* As one: text with names in it is one sentence. */}
        <div>{props.children}</div>
      </SpaceBetween>
    </Modal>
  );
}
