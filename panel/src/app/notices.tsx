import Flashbar, { type FlashbarProps } from "@cloudscape-design/components/flashbar";
import { createContext, useCallback, useContext, useMemo, useState } from "react";

interface Notices {
  items: readonly FlashbarProps.MessageDefinition[];
  say: (type: FlashbarProps.Type, content: React.ReactNode) => void;
}

const NoticesContext = createContext<Notices | null>(null);

/** Keeps what has happened, above whatever page is shown. */
export function NoticesProvider({ children }: { children: React.ReactNode }) {
  const [items, setItems] = useState<readonly FlashbarProps.MessageDefinition[]>([]);
  const say = useCallback((type: FlashbarProps.Type, content: React.ReactNode) => {
    const id = crypto.randomUUID();
    const dismiss = () => setItems((items) => items.filter((item) => item.id !== id));
    const item = { id, type, content, dismissible: true, dismissLabel: "Dismiss", onDismiss: dismiss };
    setItems((items) => [item, ...items].slice(0, 3));
  }, []);
  const value = useMemo(() => ({ items, say }), [items, say]);
  return <NoticesContext.Provider value={value}>{children}</NoticesContext.Provider>;
}

/** Tells that something has happened: `say("success", "Key saved")`. */
export function useSay(): Notices["say"] {
  return useNotices().say;
}

export function NoticesBar() {
  return <Flashbar items={useNotices().items} />;
}

function useNotices(): Notices {
  const notices = useContext(NoticesContext);
  if (notices === null) throw new Error("there is no place for notices here");
  return notices;
}
