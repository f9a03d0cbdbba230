import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2023",
    // Everything is a file of its own, which the page's policy allows; nothing is inlined as a `data:` address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
  },
  // Its entry for bundlers is a module; its entry for Node.js is none.
  test: { server: { deps: { inline: ["jsonc-parser"] } } },
});
