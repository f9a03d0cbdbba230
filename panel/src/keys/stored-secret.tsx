import type { Schemas } from "../api/client";
import { Time } from "../ui/time";

/** What can be said of a secret: that it is there, how it ends where that is customary, and since when. */
export function StoredSecret({ mark }: { mark: Schemas["SecretMark"] }) {
  return (
    <>
      Stored{mark.hint != null && `, ends in ${mark.hint}`}, set <Time at={mark.set_at} />
    </>
  );
}
