import { useEffect, useRef } from "react";
import { useLocation, useNavigationType } from "react-router";

/** How long a page may take to show its heading, in milliseconds. */
const COMES_MS = 10_000;

/** Moves the focus to the heading of the page. */
export function focusHeading(): void {
  const heading = document.querySelector<HTMLElement>("main h1");
  if (heading === null) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

/**
 * Begins every page at its heading: that has the focus, and the page is at its top. A page that somebody comes back to is
 * where it was left.
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
    focusHeading();
    return keepHeadingFocus();
  }, [pathname, key, direction]);
}

/** A page that is still loading may put another heading in the place of its first. It has the focus, too, unless somebody went on. */
function keepHeadingFocus(): () => void {
  const observer = new MutationObserver(() => {
    if (document.activeElement === document.body) focusHeading();
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
