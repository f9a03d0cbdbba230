import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";

import { controlId, focusControl } from "../../ui/field-ids";
import { StoredSecret } from "../stored-secret";
import { isMark } from "./draft";
import { KeyFileButton } from "./key-file-button";
import { inputType, maskingAttributes } from "./masking";
import type { Mark, Value } from "./state";

interface SecretControlProps {
  path: string;
  label: string;
  value: Value | undefined;
  /** What is stored for it, if anything. */
  stored: Mark | null;
  /** Whether what is stored cannot stay. */
  isNeeded: boolean;
  isOptional: boolean;
  severalLines?: boolean;
  example?: string;
  onChange: (value: Value) => void;
  onBlur: () => void;
}

/** A secret: what is stored is told about and never shown, and replaced only by intent. */
export function SecretControl(props: SecretControlProps) {
  const { path, label, value, stored, isNeeded, isOptional, onChange } = props;
  const set = (next: Value) => {
    onChange(next);
    focusControl(path);
  };
  if (isMark(value) && !isNeeded) {
    return (
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        <StoredSecret mark={value} />
        <SmallButton path={path} label={`Replace ${label}`} text="Replace" onClick={() => set("")} />
        {isOptional && (
          <Button variant="inline-link" ariaLabel={`Remove ${label}`} onClick={() => set(null)}>
            Remove
          </Button>
        )}
      </SpaceBetween>
    );
  }
  if (value === null && stored !== null) {
    return (
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        <Box>Removed when you save</Box>
        <SmallButton path={path} label={`Keep ${label}`} text="Keep it" onClick={() => set(stored)} />
      </SpaceBetween>
    );
  }
  return (
    <SpaceBetween size="xxs">
      <TypedSecret {...props} />
      {props.severalLines === true && (
        <KeyFileButton
          label={label}
          onRead={(text) => {
            onChange(text);
            focusControl(path);
          }}
        />
      )}
      {stored !== null && !isNeeded && (
        <Button variant="inline-link" ariaLabel={`Cancel and keep the stored ${label}`} onClick={() => set(stored)}>
          Cancel and keep
        </Button>
      )}
    </SpaceBetween>
  );
}

function TypedSecret({ path, label, value, severalLines, example, onChange, onBlur }: SecretControlProps) {
  const [isShown, setShown] = useState(false);
  const text = typeof value === "string" ? value : "";
  const shared = {
    value: text,
    placeholder: example ?? "",
    // Named by place and not by what it is: "password" is what password managers look for.
    name: controlId(path).replaceAll(/pass(word|phrase)/g, "value"),
    onBlur,
    onChange: ({ detail }: { detail: { value: string } }) => onChange(detail.value),
  };
  return (
    <div style={{ display: "flex", gap: "8px", alignItems: "flex-start" }}>
      <div style={{ flexGrow: 1, minWidth: 0 }}>
        {severalLines === true ? (
          <Textarea {...shared} rows={6} autoComplete={false} nativeTextareaAttributes={maskingAttributes(isShown)} />
        ) : (
          <Input
            {...shared}
            type={inputType(isShown)}
            autoComplete={false}
            spellcheck={false}
            nativeInputAttributes={maskingAttributes(isShown)}
          />
        )}
      </div>
      <Button
        iconName={isShown ? "unlocked" : "lock-private"}
        variant="icon"
        ariaLabel={isShown ? `Hide ${label}` : `Show ${label}`}
        onClick={() => setShown(!isShown)}
      />
    </div>
  );
}

function SmallButton({
  path,
  label,
  text,
  onClick,
}: {
  path: string;
  label: string;
  text: string;
  onClick: () => void;
}) {
  return (
    <Button variant="inline-link" ariaLabel={label} nativeButtonAttributes={{ id: controlId(path) }} onClick={onClick}>
      {text}
    </Button>
  );
}
