import Checkbox from "@cloudscape-design/components/checkbox";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";

import type { Schemas } from "../api/client";
import { controlId } from "../ui/field-ids";

interface ScopeChoiceProps {
  connects: Schemas["Connects"];
  entry: string;
  /** The scopes that are asked for. */
  value: string[];
  onChange: (value: string[]) => void;
}

/** What a person is asked to grant: the system's scopes with their meaning, or words to type where the system is not known. */
export function ScopeChoice({ connects, entry, value, onChange }: ScopeChoiceProps) {
  return (
    <ExpandableSection headerText="Scopes to ask for" variant="footer">
      {connects.scopes.length === 0 ? (
        <FormField
          label="Scopes"
          description="As the system writes them, with spaces between. Many systems give no refresh token without one such as offline_access."
          controlId={controlId(`scopes-${entry}`)}
        >
          <Input
            value={value.join(" ")}
            spellcheck={false}
            autoComplete={false}
            onChange={({ detail }) => onChange(detail.value.split(" "))}
          />
        </FormField>
      ) : (
        <SpaceBetween size="xs">
          {connects.scopes.map(({ name, about, least }) => (
            <Checkbox
              key={name}
              checked={least || value.includes(name)}
              disabled={least}
              description={name}
              onChange={({ detail }) =>
                onChange(detail.checked ? [...value, name] : value.filter((scope) => scope !== name))
              }
            >
              {least ? `${about} (always)` : about}
            </Checkbox>
          ))}
        </SpaceBetween>
      )}
    </ExpandableSection>
  );
}

/** A scope without the address of its API, which some systems leave out when they say what was granted. */
const word = (scope: string) => scope.slice(scope.lastIndexOf("/") + 1).toLowerCase();

/** Whether a scope is among those that a system says it granted. */
function isAmong(scope: string, granted: string[]): boolean {
  return granted.some((one) => word(one) === word(scope));
}

/** The scopes to begin with: those that were granted before, or all that the system has. */
export function startingScopes(connects: Schemas["Connects"], grant: Schemas["Grant"] | null): string[] {
  const known = connects.scopes.map(({ name }) => name);
  if (grant === null) return known;
  return known.length === 0 ? grant.scopes : known.filter((name) => isAmong(name, grant.scopes));
}

/** The scopes that a request names: no empty words, and nothing that the system does not know. */
export function askedScopes(connects: Schemas["Connects"], value: string[]): string[] {
  const words = value.filter((scope) => scope !== "");
  const known = connects.scopes.map(({ name }) => name);
  return known.length === 0 ? words : words.filter((scope) => known.includes(scope));
}

/** What was not granted of what the system has. What nothing works without was granted, or the connection had not come about. */
export function missingScopes(connects: Schemas["Connects"], grant: Schemas["Grant"]): string[] {
  if (grant.scopes.length === 0) return [];
  const missing = connects.scopes.filter(({ name, least }) => !least && !isAmong(name, grant.scopes));
  return missing.map(({ about }) => about);
}
