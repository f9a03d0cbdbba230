/**
 * Attributes of the input of a secret: masked, and nothing to remember for browsers and password managers.
 *
 * An input of type `password` would have every one of them offer to save what is typed. So this is one of type `text`,
 * masked by the browser; the one kind that cannot mask text has to do with `password`.
 */
const CAN_MASK = CSS.supports("-webkit-text-security", "disc");

export function inputType(isShown: boolean): "text" | "password" {
  return isShown || CAN_MASK ? "text" : "password";
}

export function maskingAttributes(isShown: boolean) {
  return {
    autoComplete: CAN_MASK ? "off" : "new-password",
    autoCapitalize: "none",
    autoCorrect: "off",
    spellCheck: false,
    "data-1p-ignore": "true",
    "data-lpignore": "true",
    "data-bwignore": "true",
    "data-protonpass-ignore": "true",
    "data-form-type": "other",
    style: (isShown ? {} : { WebkitTextSecurity: "disc" }) as React.CSSProperties,
  };
}
