import { useEffect, useRef } from "react";
import { useLocation, useNavigationType } from "react-router";

import { mayHaveFocus } from "./acted";

/** How long a page may take to show its heading, in milliseconds. */
const COMES_MS = 10_000;

/** Moves the focus to the heading of the page, as soon as there is one. */
export function goToHeading(): void {
  const from = document.activeElement;
  focusHeading();
  if (document.activeElement === from) keepHeadingFocus(() => document.activeElement === from);
}

function focusHeading(): void {
  const heading = document.querySelector<HTMLElement>("main h1");
  if (heading === null) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

/**
 * Begins every page at its heading: that has the focus, and the page is at its top. A page that somebody comes back to is
 * where it was left. Somebody who has gone on with something else keeps the focus there.
 */
export function useHeadingFocus(): void {
  const { pathname, key } = useLocation();
  const direction = useNavigationType();
  const shown = useRef(pathname);
  const left = useRef(new Map<string, number>());
  useEffect(() => {
    const keep = () => left.current.set(key, scrollY);
    addEventListener("scroll", keep, { passive: true });
    return () => removeEventListener("scroll", keep);
  }, [key]);
  useEffect(() => {
    if (shown.current === pathname) return undefined;
    shown.current = pathname;
    scrollTo(0, direction === "POP" ? (left.current.get(key) ?? 0) : 0);
    if (!mayHaveFocus(key)) return undefined;
    focusHeading();
    return keepHeadingFocus(() => document.activeElement === document.body);
  }, [pathname, key, direction]);
}

/**
 * A page that is still loading may have no heading yet, or put another one in the place of its first. That has the focus,
 * too, where it is lost, unless somebody went on.
 */
function keepHeadingFocus(isLost: () => boolean): () => void {
  const observer = new MutationObserver(() => {
    if (isLost()) focusHeading();
  });
  observer.observe(document.body, { childList: true, subtree: true });
  const stop = () => {
    observer.disconnect();
    clearTimeout(timer);
    removeEventListener("keydown", stop, true);
    removeEventListener("pointerdown", stop, true);
  };
  const timer = setTimeout(stop, COMES_MS);
  addEventListener("keydown", stop, true);
  addEventListener("pointerdown", stop, true);
  return stop;
}
