/* node bundle.mjs FOLDER: the page's scripts and style, bundled and made small, into a folder. */
import { build } from "esbuild";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const [outdir] = process.argv.slice(2);
const { metafile } = await build({
  entryPoints: [join(here, "page", "page.js"), join(here, "page", "worker.js")],
  outdir, bundle: true, minify: true, format: "esm", target: "es2022", metafile: true, logLevel: "warning",
  // Pyodide asks for these under Node only.
  external: ["node:*", "ws"],
});
copyFileSync(join(here, "page", "page.css"), join(outdir, "page.css"));

// The licenses of what is bundled ask to go with it.
const packages = new Set(Object.keys(metafile.inputs).map((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]).filter(Boolean));
const texts = [...packages].sort().map((name) => {
  const folder = join(here, "node_modules", name);
  const file = readdirSync(folder).find((one) => /^licen[sc]e/i.test(one));
  return `== ${name}\n\n${file ? readFileSync(join(folder, file), "utf-8") : "see LICENSE-pyodide.txt"}`;
});
writeFileSync(join(outdir, "licenses.txt"), texts.join("\n\n"));
