import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useId } from "react";

import { lineAndColumn, type TextError } from "./place";

interface JsonEditorProps {
  label: string;
  description: string;
  text: string;
  errors: readonly TextError[];
  onChange: (text: string) => void;
}

const LINE_PX = 20;
const FONT = { fontFamily: "monospace", fontSize: "14px", lineHeight: `${LINE_PX}px` };

/** A text of JSON, with the numbers of its lines, and what is wrong with it by line and column. */
export function JsonEditor({ label, description, text, errors, onChange }: JsonEditorProps) {
  const id = useId();
  const lines = text.split("\n").map((_, index) => index + 1);
  const goTo = ({ offset, length }: TextError) => {
    const area = document.getElementById(id);
    if (!(area instanceof HTMLTextAreaElement)) return;
    area.focus();
    area.setSelectionRange(offset, offset + length);
  };
  return (
    <SpaceBetween size="s">
      <FormField label={label} description={description} controlId={id} stretch>
        <div style={{ display: "flex", gap: "8px" }}>
          <Box color="text-body-secondary" textAlign="right">
            <div aria-hidden="true" style={{ ...FONT, paddingTop: "6px", minWidth: "3ch", userSelect: "none" }}>
              {lines.map((number) => (
                <div key={number}>{number}</div>
              ))}
            </div>
          </Box>
          <div style={{ flexGrow: 1, minWidth: 0 }}>
            <Textarea
              value={text}
              rows={lines.length + 1}
              autoComplete={false}
              spellcheck={false}
              disableBrowserAutocorrect
              nativeTextareaAttributes={{
                wrap: "off",
                "aria-invalid": errors.length > 0,
                "data-1p-ignore": "true",
                "data-lpignore": "true",
                style: { ...FONT, whiteSpace: "pre", overflowX: "auto" },
              }}
              onChange={({ detail }) => onChange(detail.value)}
            />
          </div>
        </div>
      </FormField>
      {errors.length > 0 && (
        <Alert type="error" header="This is not right yet">
          <ul aria-label="Errors in the JSON">
            {errors.map((error) => (
              <li key={`${error.offset} ${error.reason}`}>
                <Place text={text} error={error} onFollow={() => goTo(error)} /> {error.reason}
              </li>
            ))}
          </ul>
        </Alert>
      )}
    </SpaceBetween>
  );
}

function Place({ text, error, onFollow }: { text: string; error: TextError; onFollow: () => void }) {
  const { line, column } = lineAndColumn(text, error.offset);
  return (
    <Link
      href="#"
      onFollow={(event) => {
        event.preventDefault();
        onFollow();
      }}
    >
      Line {line}, column {column}:
    </Link>
  );
}
