/* Python of one page, in a worker that the page may end at any time. It asks no network: the page hands all files in. */
import { loadPyodide } from "pyodide";

const HOME = "/home/pyodide/";
let py, page;
const entered = new Set(), packed = new Set();
const send = (kind, more) => postMessage({ kind, ...more });

/** What a file holds; those that the book's build has packed are unpacked on the way. */
function unpacked(file, type) {
  const stream = new Blob([file.bytes]).stream();
  const plain = file.packed ? stream.pipeThrough(new DecompressionStream("gzip")) : stream;
  return new Response(plain, { headers: { "Content-Type": type } });
}

const TYPES = { wasm: "application/wasm", js: "text/javascript", json: "application/json" };

/** Compiles Python's machine code, or takes what an earlier worker has compiled. Returns it, for the next one. */
async function compiled(files, known) {
  const module = known ?? await WebAssembly.compileStreaming(unpacked(files["pyodide.asm.wasm"], TYPES.wasm));
  WebAssembly.instantiateStreaming = async (_, imports) => ({ module, instance: await WebAssembly.instantiate(module, imports) });
  return module;
}

async function start(files, known) {
  self.fetch = async (request) => {
    const name = String(request.url ?? request).split("/").pop();
    if (files[name]) return unpacked(files[name], TYPES[name.split(".").pop()] ?? "application/octet-stream");
    throw new TypeError(`this Python asks no network: it was asked for ${name}`);
  };
  const compiling = compiled(files, known);
  const script = URL.createObjectURL(await unpacked(files["pyodide.asm.js"], TYPES.js).blob());
  await import(/* what Pyodide would fetch by itself */ script);
  URL.revokeObjectURL(script);
  const module = await compiling;
  py = await loadPyodide({ indexURL: "https://nowhere.invalid/" });
  await py.loadPackage("numpy", { messageCallback() {} });
  py.unpackArchive(await unpacked(files["grader.zip"], "application/zip").arrayBuffer(), "zip", { extractDir: "/page" });
  py.runPython("import sys; sys.path[:0] = ['', '/page']; import numpy, page_python");
  page = py.globals.get("page_python");
  return module;
}

/** Works in a notebook's folder; its files are written there once. A chapter's cells work in their notebook's. */
function enter({ space, folder = space, files }) {
  if (!entered.has(folder)) page.write_files(HOME + folder, files);
  entered.add(folder);
  page.enter(HOME + folder);
  if (folder !== space && !entered.has(space)) page.lend_answers(space, folder);
  entered.add(space);
}

function ask({ space, name, pack, sources, only, book }) {
  if (!packed.has(name)) page.load_pack(pack);
  packed.add(name);
  return JSON.parse(page.ask(space, name, JSON.stringify(sources), JSON.stringify(only), book));
}

onmessage = async ({ data }) => {
  try {
    if (data.kind === "start") {
      send("ready", { module: await start(data.files, data.module) });
      return;
    }
    send("running", { token: data.token });
    enter(data);
    const began = performance.now();
    const show = (text) => send("printed", { token: data.token, text });
    const told = data.kind === "run"
      ? JSON.parse(page.run(data.space, data.cell, data.source, show))
      : { cards: ask(data), error: "", figures: [] };
    send("done", { token: data.token, ms: performance.now() - began, ...told });
  } catch (error) {
    // Python itself has ended: its memory is used up, or its stack.
    send("broken", { token: data.token, text: String(error?.message ?? error) });
  }
};
