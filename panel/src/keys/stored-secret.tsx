import type { Schemas } from "../api/client";
import { Time } from "../ui/time";

/** What can be said of a secret: that it is there, how it ends where that is customary, since when, and its hash, by which two people can compare. */
export function StoredSecret({ mark }: { mark: Schemas["SecretMark"] }) {
  return (
    <>
      Stored{mark.hint != null && `, ends in ${mark.hint}`}, set <Time at={mark.set_at} />, hash {mark.hashed}
    </>
  );
}
