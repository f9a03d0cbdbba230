import Box from "@cloudscape-design/components/box";
import Link from "@cloudscape-design/components/link";

import type { FieldTemplate } from "../keys/form/template";

const LIST = { display: "grid", gap: "12px", listStyle: "none", margin: 0, padding: 0 } as const;

/** What each field is that a way to authenticate asks for. */
export function GuideFields({ name, fields }: { name: string; fields: readonly FieldTemplate[] }) {
  if (fields.length === 0) return <Box color="text-body-secondary">Nothing is asked for.</Box>;
  return (
    <ul aria-label={`Fields of ${name}`} style={LIST}>
      {fields.map((field) => (
        <li key={field.id} style={{ overflowWrap: "anywhere" }}>
          <Box>
            <b>{field.label}</b>
            <Box variant="span" color="text-body-secondary">
              {" "}
              ({facts(field).join(", ")})
            </Box>
          </Box>
          <About field={field} />
        </li>
      ))}
    </ul>
  );
}

function facts({ id, secret, required, kind, may_follow }: FieldTemplate): string[] {
  const isNeeded = required || kind === "choice";
  return [id, ...(secret ? ["secret"] : []), ...(may_follow ? ["needed to log in"] : isNeeded ? [] : ["optional"])];
}

function About({ field }: { field: FieldTemplate }) {
  const { help, choices, example, guide_url } = field;
  return (
    <div>
      {help}
      {choices.length > 0 && ` One of: ${choices.map(({ label }) => label).join(", ")}.`}
      <Value name={field.default == null ? "Such as" : "Without it:"} value={field.default ?? example ?? null} />
      {guide_url != null && (
        <>
          {" "}
          <Link
            href={guide_url}
            external
            externalIconAriaLabel="opens in a new tab"
            ariaLabel={`More: ${field.label} (opens in a new tab)`}
          >
            More
          </Link>
        </>
      )}
    </div>
  );
}

function Value({ name, value }: { name: string; value: string | null }) {
  if (value === null || value === "") return null;
  return (
    <>
      {" "}
      {name} <Box variant="code">{value}</Box>.
    </>
  );
}
