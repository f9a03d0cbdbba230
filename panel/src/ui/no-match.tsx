import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";

/** What a list says in which nothing was found. */
export function NoMatch({ what, onClear }: { what: string; onClear: () => void }) {
  return (
    <Box textAlign="center" padding="l">
      <SpaceBetween size="s">
        <Box variant="h2">No {what} is like that</Box>
        <Button onClick={onClear}>Show all</Button>
      </SpaceBetween>
    </Box>
  );
}
