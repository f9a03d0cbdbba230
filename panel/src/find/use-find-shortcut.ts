import { useEffect } from "react";

/** Opens the search by `/`, where nobody is typing, and by Ctrl+K or ⌘K anywhere but over another dialog. */
export function useFindShortcut(open: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isCommand = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
      const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (event.defaultPrevented || (!isCommand && !(isSlash && !isTyping(event.target)))) return;
      if (hasOpenDialog()) return;
      event.preventDefault();
      open();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [open]);
}

/** Some components keep the dialog that they may open in the page. */
function hasOpenDialog(): boolean {
  return [...document.querySelectorAll("[role=dialog]")].some((dialog) => dialog.checkVisibility());
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName))
  );
}
