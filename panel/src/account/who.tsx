import { useNameOf } from "./queries";

/** Who did something. */
export function Who({ id }: { id: string }) {
  return useNameOf()(id);
}
