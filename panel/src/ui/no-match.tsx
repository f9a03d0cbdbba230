import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";

interface NoMatchProps {
  /** What the rows are, such as "key". */
  what: string;
  /** What was searched for; empty if nothing was. */
  prefix: string;
  onClear: () => void;
}

/** What a list says in which nothing was found. */
export function NoMatch({ what, prefix, onClear }: NoMatchProps) {
  return (
    <Box textAlign="center" padding="l">
      <SpaceBetween size="s">
        <Box variant="h2">No {what} is like that</Box>
        {prefix !== "" && (
          <Box color="text-body-secondary">
            None has all the words of “{prefix}” in what can be seen of it, with the filters that are set.
          </Box>
        )}
        <Button onClick={onClear}>Show all</Button>
      </SpaceBetween>
    </Box>
  );
}
