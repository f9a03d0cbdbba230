import type { ButtonProps } from "@cloudscape-design/components/button";

/** The look of the buttons that add credentials and webhooks. White on it has a contrast of more than 5 to 1. */
export const GREEN: ButtonProps.Style = {
  root: {
    background: { default: "#1d7a07", hover: "#145a04", active: "#0f4503" },
    borderColor: { default: "#1d7a07", hover: "#145a04", active: "#0f4503" },
    color: { default: "#ffffff", hover: "#ffffff", active: "#ffffff" },
  },
};
