import Box from "@cloudscape-design/components/box";
import FileInput from "@cloudscape-design/components/file-input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { readKeyFile } from "./key-file";

interface KeyFileButtonProps {
  label: string;
  onRead: (text: string) => void;
}

/** Takes a private key from a file of this computer. */
export function KeyFileButton({ label, onRead }: KeyFileButtonProps) {
  const [complaint, setComplaint] = useState<string | null>(null);
  const read = async (file: File | undefined) => {
    if (file === undefined) return;
    const found = await readKeyFile(file);
    setComplaint("complaint" in found ? found.complaint : null);
    if ("text" in found) onRead(found.text);
  };
  return (
    <SpaceBetween direction="horizontal" size="xs" alignItems="center">
      <FileInput
        multiple={false}
        value={[]}
        ariaLabel={`Choose a file: ${label}`}
        onChange={({ detail }) => void read(detail.value[0])}
      >
        Choose a file
      </FileInput>
      {complaint !== null && (
        <div role="alert">
          <Box color="text-status-error">{complaint}</Box>
        </div>
      )}
    </SpaceBetween>
  );
}
