import { applyMode, disableMotion, Mode } from "@cloudscape-design/global-styles";
import { useEffect, useState } from "react";

export type Theme = "auto" | "light" | "dark";

/** The one thing that is stored in the browser. */
const STORED = "keyward-theme";
const DARK = matchMedia("(prefers-color-scheme: dark)");
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

function storedTheme(): Theme {
  const stored = localStorage.getItem(STORED);
  return stored === "light" || stored === "dark" ? stored : "auto";
}

function apply(theme: Theme): void {
  applyMode(theme === "dark" || (theme === "auto" && DARK.matches) ? Mode.Dark : Mode.Light);
  disableMotion(STILL.matches);
}

/** Before anything is drawn, so that nobody is dazzled. */
export function applyStoredTheme(): void {
  apply(storedTheme());
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(storedTheme);
  useEffect(() => {
    const again = () => apply(theme);
    again();
    DARK.addEventListener("change", again);
    STILL.addEventListener("change", again);
    return () => {
      DARK.removeEventListener("change", again);
      STILL.removeEventListener("change", again);
    };
  }, [theme]);
  return [
    theme,
    (theme) => {
      localStorage.setItem(STORED, theme);
      setTheme(theme);
    },
  ];
}
