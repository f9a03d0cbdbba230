import type { DataRouter } from "react-router";

/** The newest navigation, and what somebody had done when it began. */
interface Begun {
  key: string;
  acts: number;
  focused: Element | null;
}

let acts = 0;
let begun: Begun | null = null;

/** Counts what somebody does with the keyboard and the pointer, and notes the count whenever a navigation begins. */
export function noteNavigations(router: DataRouter): void {
  const act = () => {
    acts += 1;
  };
  addEventListener("pointerdown", act, true);
  addEventListener("keydown", act, true);
  router.subscribe(({ navigation, location }) => {
    const { key } = navigation.location ?? location;
    if (begun?.key !== key) begun = { key, acts, focused: document.activeElement };
  });
}

/**
 * Whether a page may have the focus. It may not where it is the first one, since the first stop of the keyboard leads past
 * the navigation then. Neither may it where somebody has gone on since the navigation began, such as with a menu that they
 * opened while the page was on its way: without the focus the menu would close.
 */
export function mayHaveFocus(key: string): boolean {
  if (begun?.key !== key) return true;
  if (begun.acts === 0) return false;
  const { activeElement } = document;
  const hasGoneOn = activeElement !== null && activeElement !== document.body && activeElement !== begun.focused;
  return begun.acts === acts || !hasGoneOn;
}
