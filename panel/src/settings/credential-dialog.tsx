import Modal from "@cloudscape-design/components/modal";
import { useRef } from "react";

import { useSay } from "../app/notices";
import { KeyForm, type KeyFormHandle } from "../keys/form/key-form";
import { useKey } from "../keys/queries";
import { Loading } from "../ui/loading";

interface CredentialDialogProps {
  systemId: string;
  /** The credential to change; null adds one. */
  keyId: string | null;
  onClose: () => void;
}

/** Adds or changes a credential. Nothing that was typed is lost by closing it without a question. */
export function CredentialDialog({ systemId, keyId, onClose }: CredentialDialogProps) {
  const say = useSay();
  const form = useRef<KeyFormHandle>(null);
  const key = useKey(keyId);
  const isLoaded = keyId === null || key.data !== undefined;
  return (
    <Modal
      visible
      size="large"
      header={keyId === null ? "Add Credentials" : "Edit Credentials"}
      closeAriaLabel="Close"
      onDismiss={() => (form.current === null ? onClose() : form.current.close())}
    >
      {isLoaded ? (
        <KeyForm
          ref={form}
          system={systemId}
          wording="credential"
          start={key.data ?? null}
          onSaved={({ title }) => {
            say("success", `“${title}” is saved, and can be used from now on.`);
            onClose();
          }}
          onCancel={onClose}
        />
      ) : (
        <Loading what="the credential" asked={key} />
      )}
    </Modal>
  );
}
