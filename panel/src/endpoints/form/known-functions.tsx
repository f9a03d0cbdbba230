import Button from "@cloudscape-design/components/button";

import type { Kind } from "../kinds";
import { summaryOf, useEndpointList } from "../queries";
import { functionsOf } from "./functions";

interface KnownFunctionsProps {
  kind: Kind;
  systemId: string;
  onChoose: (name: string) => void;
}

/** The functions that others of the system use, to choose from. Keyward itself knows no function of the platform. */
export function KnownFunctions({ kind, systemId, onChoose }: KnownFunctionsProps) {
  const list = useEndpointList(kind, { words: systemId }, 1, systemId !== "");
  const names = functionsOf((list.data?.pages ?? []).flatMap(({ items }) => items).map(summaryOf), systemId);
  if (names.length === 0) return null;
  return (
    <>
      Others of this system use{" "}
      {names.map((name, index) => (
        <span key={name}>
          {index > 0 && ", "}
          <Button variant="inline-link" onClick={() => onChoose(name)}>
            {name}
          </Button>
        </span>
      ))}
    </>
  );
}
