import Alert from "@cloudscape-design/components/alert";

/** Says that a list has rows which are stored and cannot be read, so that nobody takes it for whole. */
export function UnreadableAlert({ what, names }: { what: string; names: readonly string[] }) {
  if (names.length === 0) {
    return null;
  }
  return (
    <Alert type="warning" header="Not everything can be shown">
      {what} that are stored and cannot be read: {names.join(", ")}. Whoever runs this deployment can put them back.
    </Alert>
  );
}
