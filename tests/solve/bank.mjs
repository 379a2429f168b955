/* Runs programs in the page's Python, under Node: JSON in on the standard input, findings into a file.

   in:  {solve, work, out, assignments: [{name, files: {name: path}, jobs: [{space, cells: [{id, source}], ask: [function]}]}]}
   out: {errors: [text], NAME: [{function: {verdict, misconception, points}}]} */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// Node would print a line of 1.2 MB, Pyodide's own, and lose the message after it.
process.on("uncaughtException", (error) => { console.error(String(error.message ?? error).slice(-3000)); process.exit(1); });
const bytes = (path) => new Uint8Array(readFileSync(path));
const told = JSON.parse(readFileSync(0, "utf-8"));
const modules = join(told.solve, "node_modules");
const { loadPyodide } = await import(pathToFileURL(join(modules, "pyodide", "pyodide.mjs")));
const py = await loadPyodide({ packageCacheDir: join(told.solve, "third_party") });
await py.loadPackage("numpy", { messageCallback() {} });
py.unpackArchive(bytes(join(told.work, "engine.zip")), "zip", { extractDir: "/page" });
py.FS.mkdirTree("/page/matplotlib");
for (const name of ["page_python.py", "matplotlib/__init__.py", "matplotlib/pyplot.py"])
  py.FS.writeFile(`/page/${name}`, bytes(join(told.solve, "python", name)));
py.runPython("import sys; sys.path[:0] = ['', '/page']; import page_python");
const page = py.globals.get("page_python");
const out = { errors: [], printed: "" };
for (const { name, files, jobs } of told.assignments) {
  const folder = `/home/pyodide/${name}`;
  page.write_files(folder, Object.fromEntries(Object.entries(files).map(([file, path]) => [file, bytes(path)])));
  page.enter(folder);
  page.load_pack(bytes(join(told.work, `${name}.pack`)));
  out[name] = jobs.map((job) => {
    for (const cell of job.cells) {
      const done = JSON.parse(page.run(job.space, cell.id, cell.source, (text) => { out.printed += text; }));
      if (done.error) out.errors.push(`${name}, ${cell.id}: ${done.error}`);
    }
    if (!job.ask.length) return {};
    const sources = Object.fromEntries(job.cells.map((cell) => [cell.id, cell.source]));
    return JSON.parse(page.ask(job.space, name, JSON.stringify(sources), JSON.stringify(job.ask), ".."));
  });
}
writeFileSync(told.out, JSON.stringify(out));
process.exit(0);
