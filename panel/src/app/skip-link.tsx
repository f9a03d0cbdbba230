import "./skip-link.css";

import { goToHeading } from "./use-heading-focus";

/** The first stop of the keyboard on every page: past the bar and the navigation. It shows once it has the focus. */
export function SkipLink() {
  return (
    <button type="button" className="skip-link" onClick={goToHeading}>
      Skip to the content
    </button>
  );
}
