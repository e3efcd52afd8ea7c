import { readFileSync } from "node:fs";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const root = new URL(".", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

/** The licences of all that is bundled, in a file beside it. */
function licences(): Plugin {
  const bundled = ["react", "react-dom", "scheduler", "@tanstack/react-query", "@tanstack/query-core",
    "oidc-client-ts", "jwt-decode", "openapi-fetch"];
  return {
    name: "licences",
    generateBundle() {
      const texts = bundled.map((name) => {
        const { version, license } = JSON.parse(read(`node_modules/${name}/package.json`));
        return `${name} ${version} (${license})\n\n${read(`node_modules/${name}/LICENSE`).trim()}\n`;
      });
      this.emitFile({ type: "asset", fileName: "licenses.txt", source: texts.join(`\n${"-".repeat(72)}\n\n`) });
    },
  };
}

// The names stay as they are from one build to the next: what a browser has is told by its ETag.
export default defineConfig({
  base: "/console/",
  plugins: [react(), licences()],
  build: {
    outDir: "../../../functions/console/assets",
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      output: {
        entryFileNames: "app.js",
        chunkFileNames: "[name].js",
        assetFileNames: (file) => (file.names[0]?.endsWith(".css") ? "app.css" : "[name][extname]"),
      },
    },
  },
});
