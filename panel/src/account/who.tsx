import { useClaims } from "../session/context";
import { usePeople } from "./queries";

/** Who did something: people by their address where it may be known, machines by their id. */
export function Who({ id }: { id: string }) {
  const { subject } = useClaims();
  const emailOf = usePeople();
  if (id === `person:${subject}`) return "you";
  const person = id.startsWith("person:") ? id.slice("person:".length) : null;
  return person === null ? id : (emailOf(person) ?? id);
}
