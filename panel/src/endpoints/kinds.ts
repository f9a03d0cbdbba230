/** Sources, where data comes from, and destinations, where it goes: they differ in what starts them. */

export type Kind = "source" | "destination";

interface KindWords {
  /** Of several, and in the address of their pages. */
  plural: "sources" | "destinations";
  title: string;
  titles: string;
  about: string;
  triggers: readonly TriggerType[];
}

export interface TriggerType {
  value: string;
  label: string;
  description: string;
}

const SCHEDULED: TriggerType = { value: "scheduled", label: "Scheduled", description: "The clock starts it." };

export const KINDS: Record<Kind, KindWords> = {
  source: {
    plural: "sources",
    title: "Source",
    titles: "Sources",
    about: "Where data comes from: a system, with the key to sign in to it.",
    triggers: [
      { value: "manual", label: "Manual", description: "A person starts it." },
      SCHEDULED,
      { value: "webhook", label: "Webhook", description: "A call from the system starts it." },
    ],
  },
  destination: {
    plural: "destinations",
    title: "Destination",
    titles: "Destinations",
    about: "Where data goes: a system, with the key to sign in to it.",
    triggers: [
      { value: "real_time", label: "Real time", description: "It gets each thing at once." },
      { value: "aggregate", label: "Aggregate", description: "It gets what has gathered." },
      SCHEDULED,
    ],
  },
};

/** What starts an endpoint, in words. */
export function triggerText({ type, cron }: { type: string; cron?: string | null | undefined }): string {
  const known = Object.values(KINDS).flatMap(({ triggers }) => triggers);
  const label = known.find(({ value }) => value === type)?.label ?? type;
  return cron == null ? label : `${label}: ${cron} (UTC)`;
}
