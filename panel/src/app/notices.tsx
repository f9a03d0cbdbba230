import Button from "@cloudscape-design/components/button";
import Flashbar, { type FlashbarProps } from "@cloudscape-design/components/flashbar";
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { useLocation, useNavigate } from "react-router";

import { type Notice, noticesOnNextPage } from "./notices-kept";

/** What can be done about a notice: a page to go to. */
interface Offer {
  text: string;
  to: string;
}

interface Notices {
  items: readonly Notice<FlashbarProps.Type, Offer>[];
  say: (type: FlashbarProps.Type, content: React.ReactNode, offer?: Offer) => void;
  dismiss: (id: string) => void;
  turnPage: (isAfterSave: boolean) => void;
}

/** For the navigation that a save causes: what was saved is still told on the next page. */
export const AFTER_SAVE = { state: { afterSave: true } };

/** How long a notice without a problem and without an offer stays, in milliseconds. */
const READ_MS = 10_000;

const NoticesContext = createContext<Notices | null>(null);

/** Keeps what has happened, above the page on which it did and the one that a save leads to. */
export function NoticesProvider({ children }: { children: React.ReactNode }) {
  const [items, setItems] = useState<Notices["items"]>([]);
  const say = useCallback<Notices["say"]>((type, content, offer) => {
    const notice = { id: crypto.randomUUID(), type, content, offer: offer ?? null, pages: 0 };
    setItems((items) => [notice, ...items].slice(0, 3));
  }, []);
  const dismiss = useCallback((id: string) => setItems((items) => items.filter((item) => item.id !== id)), []);
  const turnPage = useCallback(
    (isAfterSave: boolean) => setItems((items) => noticesOnNextPage(items, isAfterSave)),
    [],
  );
  const value = useMemo(() => ({ items, say, dismiss, turnPage }), [items, say, dismiss, turnPage]);
  return <NoticesContext.Provider value={value}>{children}</NoticesContext.Provider>;
}

/** Tells that something has happened: `say("success", "Key saved")`. */
export function useSay(): Notices["say"] {
  return useNotices().say;
}

export function NoticesBar() {
  const { items, dismiss, turnPage } = useNotices();
  const navigate = useNavigate();
  const bar = useRef<HTMLDivElement>(null);
  useTurnedPages(turnPage);
  const newest = items[0]?.id;
  useEffect(() => {
    // On this page: what is told above it must be seen, wherever somebody has scrolled to.
    if (newest !== undefined) bar.current?.scrollIntoView({ block: "nearest" });
  }, [newest]);
  const [isHeld, setHeld] = useState(false);
  const read = items.findLast(({ type, offer }) => type === "success" && offer === null)?.id;
  useEffect(() => {
    if (read === undefined || isHeld) return undefined;
    const timer = setTimeout(() => dismiss(read), READ_MS);
    return () => clearTimeout(timer);
  }, [read, isHeld, dismiss]);
  const follow = (id: string, to: string) => {
    dismiss(id);
    void navigate(to);
  };
  return (
    <div
      ref={bar}
      role="status"
      aria-atomic="false"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <Flashbar
        items={items.map(({ id, type, content, offer }) => ({
          id,
          type,
          content,
          dismissible: true,
          dismissLabel: "Dismiss",
          onDismiss: () => dismiss(id),
          action: offer !== null && <Button onClick={() => follow(id, offer.to)}>{offer.text}</Button>,
        }))}
      />
    </div>
  );
}

/** Tells of every change of the page, and whether a save has caused it. */
function useTurnedPages(turnPage: Notices["turnPage"]): void {
  const { pathname, state } = useLocation();
  const shown = useRef(pathname);
  const isAfterSave = (state as { afterSave?: boolean } | null)?.afterSave === true;
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    turnPage(isAfterSave);
  }, [pathname, isAfterSave, turnPage]);
}

function useNotices(): Notices {
  const notices = useContext(NoticesContext);
  if (notices === null) throw new Error("there is no place for notices here");
  return notices;
}
