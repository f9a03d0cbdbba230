import { useEffect, useRef } from "react";

interface EnterSavesProps {
  onSave: () => void;
  children: React.ReactNode;
}

/** A form that is saved by Enter in a text box, as people know it. Boxes of several lines and lists have their own Enter. */
export function EnterSaves({ onSave, children }: EnterSavesProps) {
  const form = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = form.current;
    const press = (event: KeyboardEvent) => {
      if (event.key !== "Enter" || event.isComposing || event.defaultPrevented || !isTextBox(event.target)) return;
      event.preventDefault();
      onSave();
    };
    element?.addEventListener("keydown", press);
    return () => element?.removeEventListener("keydown", press);
  }, [onSave]);
  return <div ref={form}>{children}</div>;
}

function isTextBox(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement &&
    ["text", "email", "password"].includes(target.type) &&
    target.getAttribute("role") !== "combobox"
  );
}
