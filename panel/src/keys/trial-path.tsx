import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";

/** The path that a trial asks for, where the system's template names none. */
export function TrialPath(field: {
  value: string;
  onChange: (path: string) => void;
  controlId?: string;
  errorText?: React.ReactNode;
}) {
  return (
    <FormField
      label="Path to ask for"
      description="Added to the base URL. Choose a path that only answers requests with valid credentials."
      controlId={field.controlId}
      errorText={field.errorText}
    >
      <Input
        value={field.value}
        placeholder="/me"
        autoComplete={false}
        spellcheck={false}
        onChange={({ detail }) => field.onChange(detail.value)}
      />
    </FormField>
  );
}
