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

const HEALTH: Record<string, [StatusIndicatorProps.Type, string]> = {
  passed: ["success", "Accepted"],
  refused: ["error", "Refused"],
  unreachable: ["warning", "Not reached"],
  unclear: ["info", "Unclear"],
};

/** What the last trial of a key came to. */
export function HealthLabel({ result }: { result: string | null | undefined }) {
  const [type, text] = HEALTH[result ?? ""] ?? ["pending", "Never tried"];
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
