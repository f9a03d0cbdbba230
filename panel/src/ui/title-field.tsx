import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";

import { controlId } from "./field-ids";

interface TitleFieldProps {
  /** What it is called here. */
  label: "Title" | "Name";
  /** Its place in what is sent. */
  path?: "title" | "name";
  description: string;
  value: string;
  errorText: string | undefined;
  warningText?: string | undefined;
  info?: React.ReactNode;
  onChange: (title: string) => void;
  onLeave?: () => void;
}

/** What people tell something apart by. */
export function TitleField({ label, path = "title", value, onChange, onLeave, ...field }: TitleFieldProps) {
  return (
    <FormField label={label} controlId={controlId(path)} {...field}>
      <Input
        value={value}
        autoComplete={false}
        {...(onLeave !== undefined && { onBlur: onLeave })}
        onChange={({ detail }) => onChange(detail.value)}
      />
    </FormField>
  );
}
