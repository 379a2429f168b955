/* Python of one page, in a worker that the page may end at any time. It asks no network: the page hands all files in. */
import { loadPyodide } from "pyodide";

const HOME = "/home/pyodide/";
let py, page;
const entered = new Set(), packed = new Set();
const say = (kind, more) => postMessage({ kind, ...more });

/** What a file holds; those that the book's build has packed are unpacked on the way. */
function unpacked(file, type) {
  const stream = new Blob([file.bytes]).stream();
  const plain = file.packed ? stream.pipeThrough(new DecompressionStream("gzip")) : stream;
  return new Response(plain, { headers: { "Content-Type": type } });
}

const TYPES = { wasm: "application/wasm", js: "text/javascript", json: "application/json" };

async function start(files) {
  self.fetch = async (request) => {
    const name = String(request.url ?? request).split("/").pop();
    if (files[name]) return unpacked(files[name], TYPES[name.split(".").pop()] ?? "application/octet-stream");
    throw new TypeError(`this Python asks no network: it was asked for ${name}`);
  };
  const script = URL.createObjectURL(await unpacked(files["pyodide.asm.js"], TYPES.js).blob());
  await import(/* what Pyodide would fetch by itself */ script);
  URL.revokeObjectURL(script);
  py = await loadPyodide({ indexURL: "https://nowhere.invalid/" });
  await py.loadPackage("numpy", { messageCallback() {} });
  py.unpackArchive(await unpacked(files["grader.zip"], "application/zip").arrayBuffer(), "zip", { extractDir: "/page" });
  py.runPython("import sys; sys.path[:0] = ['', '/page']; import numpy, page_python");
  page = py.globals.get("page_python");
}

/** Works in a notebook's folder; its files are written there once. */
function enter({ space, files }) {
  if (!entered.has(space)) page.write_files(HOME + space, files);
  entered.add(space);
  page.enter(HOME + space);
}

function ask({ space, name, pack, sources, only, book }) {
  if (!packed.has(name)) page.load_pack(pack);
  packed.add(name);
  return JSON.parse(page.ask(space, name, JSON.stringify(sources), JSON.stringify(only), book));
}

onmessage = async ({ data }) => {
  try {
    if (data.kind === "start") {
      await start(data.files);
      say("ready");
      return;
    }
    say("running", { token: data.token });
    enter(data);
    const began = performance.now();
    const show = (text) => say("printed", { token: data.token, text });
    const told = data.kind === "run"
      ? JSON.parse(page.run(data.space, data.cell, data.source, show))
      : { cards: ask(data), error: "", figures: [] };
    say("done", { token: data.token, ms: performance.now() - began, ...told });
  } catch (error) {
    // Python itself has ended: its memory is used up, or its stack.
    say("broken", { token: data.token, text: String(error?.message ?? error) });
  }
};
