/**
 * The id of the control of a field, by its path in the request, such as `entries.default.fields.secret_key`: what a problem
 * document names is what gets the focus.
 */
export function controlId(path: string): string {
  return `field-${path.replaceAll(/[^0-9A-Za-z_-]/g, "-")}`;
}

/** Moves the focus to the control of a field, once what was just changed is shown. */
export function focusControl(path: string): void {
  requestAnimationFrame(() => document.getElementById(controlId(path))?.focus());
}
