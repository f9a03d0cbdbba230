import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";

/** A key's id, with a button that copies it. */
export function KeyId({ id }: { id: string }) {
  return (
    <CopyToClipboard
      variant="inline"
      textToCopy={id}
      copyButtonAriaLabel="Copy the key id"
      copySuccessText="The key id is copied"
      copyErrorText="The key id could not be copied"
    />
  );
}
