/* node bundle.mjs FOLDER: the page's scripts and style, bundled and made small, into a folder. */
import { build } from "esbuild";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const [outdir] = process.argv.slice(2);
await build({
  entryPoints: [join(here, "page", "page.js"), join(here, "page", "worker.js")],
  outdir, bundle: true, minify: true, format: "esm", target: "es2022", legalComments: "linked", logLevel: "warning",
  // Pyodide asks for these under Node only.
  external: ["node:*", "ws"],
});
copyFileSync(join(here, "page", "page.css"), join(outdir, "page.css"));
