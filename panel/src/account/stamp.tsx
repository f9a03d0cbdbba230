import { ExactTime } from "../ui/time";
import { Who } from "./who";

/** When something was done, and by whom. */
export function Stamp({ at, by }: { at: string; by: string }) {
  return (
    <>
      <ExactTime at={at} />
      <br />
      by <Who id={by} />
    </>
  );
}
