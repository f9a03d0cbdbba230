import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect } from "react";

interface PlainPageProps {
  title: string;
  type: "error" | "info";
  action?: React.ReactNode;
  children: React.ReactNode;
}

/** A page that stands alone, for when there is nothing to navigate to. */
export function PlainPage({ title, type, action, children }: PlainPageProps) {
  useEffect(() => {
    document.title = `${title} - Keyward`;
  }, [title]);
  return (
    <main>
      <Box padding={{ vertical: "xxl", horizontal: "l" }}>
        <SpaceBetween size="l">
          <Box variant="h1">{title}</Box>
          <Alert type={type} action={action}>
            {children}
          </Alert>
        </SpaceBetween>
      </Box>
    </main>
  );
}
