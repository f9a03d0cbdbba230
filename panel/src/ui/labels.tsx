import Badge from "@cloudscape-design/components/badge";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";

/** The label of what is for testing only. What is live has none. */
export function EnvironmentLabel({ environment }: { environment: string }) {
  return environment === "test" ? <Badge color="blue">test</Badge> : null;
}

/** The mark of a key that holds credentials for each organization. */
export function OrganizationMark({ shown }: { shown: boolean }) {
  return shown ? <Badge color="grey">per organization</Badge> : null;
}

/** The mark of a key that nobody can use. */
export function DisabledMark({ state }: { state: string }) {
  return state === "disabled" ? <Badge color="red">disabled</Badge> : null;
}

const HEALTH: Record<string, [StatusIndicatorProps.Type, string]> = {
  passed: ["success", "Accepted"],
  refused: ["error", "Refused"],
  unreachable: ["warning", "Not reached"],
  unclear: ["info", "Unclear"],
};

/** What the last trial of a key came to. A change of the key takes that away, since it says nothing about the key as it is now. */
export function HealthLabel({ result, since = false }: { result: string | null | undefined; since?: boolean }) {
  const [type, text] = HEALTH[result ?? ""] ?? ["pending", since ? "Not tried since the last change" : "Not tried"];
  return (
    <StatusIndicator type={type} wrapText={false}>
      {text}
    </StatusIndicator>
  );
}

/** Whether something is active. */
export function ActiveLabel({ active }: { active: boolean }) {
  return (
    <StatusIndicator type={active ? "success" : "stopped"} wrapText={false}>
      {active ? "active" : "inactive"}
    </StatusIndicator>
  );
}
