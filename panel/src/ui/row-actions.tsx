import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";

interface RowActionsProps {
  /** What the row is called. */
  name: string;
  /** The bin's word, such as "Delete". */
  removal?: "Delete" | "Remove";
  /** Null where somebody may not. */
  onEdit: (() => void) | null;
  onRemove: (() => void) | null;
}

/** The pen and the bin of a row, for those who may. */
export function RowActions({ name, removal = "Delete", onEdit, onRemove }: RowActionsProps) {
  return (
    <SpaceBetween direction="horizontal" size="xxs">
      {onEdit !== null && <Button variant="icon" iconName="edit" ariaLabel={`Edit ${name}`} onClick={onEdit} />}
      {onRemove !== null && (
        <Button variant="icon" iconName="remove" ariaLabel={`${removal} ${name}`} onClick={onRemove} />
      )}
    </SpaceBetween>
  );
}
