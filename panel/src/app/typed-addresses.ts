/** The number of an entry, as React Router keeps it in the entry's state. */
interface EntryState {
  idx?: number;
}

/**
 * Numbers the entries of the history that come about by typing an address or following a plain link, as React Router
 * numbers its own. It compares the numbers to tell which way somebody went, and an entry without one passes the question
 * before unsaved input is lost.
 *
 * Call it before the router is made, so that its listener runs first, and call what comes back whenever the router has moved.
 */
export function numberTypedAddresses(): () => void {
  let last = indexOf(history.state) ?? 0;
  const follow = () => {
    last = indexOf(history.state) ?? last;
  };
  addEventListener("popstate", () => {
    if (indexOf(history.state) === null) {
      const state = { ...(history.state as object | null), usr: null, key: crypto.randomUUID(), idx: last + 1 };
      history.replaceState(state, "");
    }
  });
  return follow;
}

function indexOf(state: unknown): number | null {
  return (state as EntryState | null)?.idx ?? null;
}
