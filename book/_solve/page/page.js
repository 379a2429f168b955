/* What a click on "Solve it here" loads: the assignment's text, an editor, and Python. */
import { Assignment } from "./assignment.js";
import { PageCells } from "./cells.js";
import { Python } from "./python.js";
import { say } from "./words.js";

let python;

export { written } from "./notebook.js";

/** The page's one Python. */
export function pythonOf(base, manifest) {
  python ??= new Python(base, manifest);
  return python;
}

async function get(address, kind) {
  let response;
  try {
    response = await fetch(address);
  } catch {
    throw new Error(say("The assignment could not be fetched: the network is gone, or the site is. Try again when it is back."));
  }
  if (!response.ok) throw new Error(say("The site answered {status} for {file}. Load the page again: it may be older than the site.", { status: response.status, file: address }));
  return kind === "json" ? response.json() : new Uint8Array(await response.arrayBuffer());
}

function style(address) {
  return new Promise((resolve) => {
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href: address, onload: resolve, onerror: resolve });
    document.head.append(link);
  });
}

const made = new Map();

/** An assignment that is ready to be shown, or whose functions the chapter's cells use; one for each name. */
function assignmentOf({ base, manifest, name, book }) {
  if (!made.has(name)) {
    const making = makeAssignment({ base, manifest, name, book });
    making.catch(() => made.delete(name));
    made.set(name, making);
  }
  return made.get(name);
}

async function makeAssignment({ base, manifest, name, book }) {
  const folder = new URL(manifest.page, base).href;
  const told = manifest.assignments[name];
  const at = `${folder}${name}/`;
  const [data, notebook, pack, files] = await Promise.all([
    get(`${at}assignment.json`, "json"),
    get(`${at}${name}.ipynb`, "json"),
    told.asks ? get(`${at}practice.pack`) : null,
    Promise.all(told.files.map(async (file) => [file, await get(at + file)])),
    style(`${folder}page.css`),
  ]);
  const place = new URL("..", base).pathname;
  return new Assignment({ python: pythonOf(base, manifest), data, notebook, files: Object.fromEntries(files), pack, book, place });
}

/** Opens an assignment in the page. base: the site's folder solve/; book: the front page's folder, as links see it. */
export async function open(where) {
  const assignment = await assignmentOf(where);
  where.host.append(assignment.root);
  dispatchEvent(new Event("resize")); // boxes that scroll sideways can be reached by keyboard (site.js)
  assignment.python.start().catch(() => undefined); // what went wrong is shown by the assignment
  return assignment;
}

/** The chapter's own cells, to edit and run. */
export async function cells(where) {
  const assignment = await assignmentOf(where);
  const told = await get(`${new URL(where.manifest.page, where.base).href}${where.name}/cells.json`, "json");
  return new PageCells({ told, assignment });
}
