let isPressed = false;
let waiting: (() => void)[] = [];

/** A press is over once its click has come, which follows the release at once. */
function release(): void {
  setTimeout(() => {
    isPressed = false;
    const run = waiting;
    waiting = [];
    for (const one of run) one();
  });
}

/**
 * Does something once no pointer is pressed any more: at once, in most cases.
 *
 * A press takes the focus from a field before the click comes. What is shown because of that must not move the button away
 * from under the pointer, or the click is lost.
 */
export function afterPress(run: () => void): void {
  if (isPressed) waiting.push(run);
  else run();
}

addEventListener(
  "pointerdown",
  () => {
    isPressed = true;
  },
  true,
);
addEventListener("pointerup", release, true);
addEventListener("pointercancel", release, true);
