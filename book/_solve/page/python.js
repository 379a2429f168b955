/* One Python for a page: fetched on demand, started in a worker, ended and started again when code does not end. */
import { say } from "./words.js";

export const LIMIT_MS = 60000;
const MB = 1e6;

/** Why Python cannot run here at all, in words; "" where it can. */
export function lacking() {
  if (typeof WebAssembly !== "object") {
    return say("This browser runs no WebAssembly, which Python needs. A private or locked-down mode may have switched it off; another browser, or the downloaded notebook, works.");
  }
  if (typeof Worker === "undefined" || typeof DecompressionStream === "undefined") {
    return say("This browser is too old to run Python: it takes Chromium 80, Firefox 114 or Safari 16.4, or one newer. The downloaded notebook works anywhere.");
  }
  return "";
}

/** The browser's own error in words that say what to do. */
function inWords(error, name) {
  if (error?.name === "AbortError") return say("Python was not fetched. Run, Check and Ask fetch it.");
  if (error?.status) {
    return say("The site answered {status} for {file}: it may have been built anew since this page was opened. Load the page again.", { status: error.status, file: name });
  }
  return say("{file} could not be fetched: the network is gone, or the site is. What you wrote is kept; try again when it is back.", { file: name });
}

export class Python {
  /** base: the address of the site's folder solve/; manifest: what is in it. */
  constructor(base, manifest) {
    Object.assign(this, { base, manifest, state: "none", listeners: new Set(), waiting: new Map(), token: 0, generation: 0, limitMs: LIMIT_MS });
    this.queue = Promise.resolve();
  }

  /** Tells everyone who shows it: {state, text, done, total}. */
  tell(state, text, more = {}) {
    this.state = state;
    this.last = { state, text, ...more };
    this.listeners.forEach((listener) => listener(this.last));
  }

  listen(listener) {
    this.listeners.add(listener);
    if (this.last) listener(this.last);
  }

  /** Starts Python unless it has started; resolves when it is ready, rejects with an error in words. */
  start() {
    this.started ??= this.begin().catch((error) => {
      this.started = undefined;
      this.tell(error.cancelled ? "none" : "failed", error.message);
      throw error;
    });
    return this.started;
  }

  async begin() {
    const lacks = lacking();
    if (lacks) throw new Error(lacks);
    this.files ??= await this.fetchFiles();
    this.tell("starting", say("Python is starting …"));
    await this.startWorker();
    this.generation += 1;
    this.tell("ready", say("Python is ready."));
  }

  async fetchFiles() {
    const listed = this.manifest.python;
    const total = listed.reduce((sum, file) => sum + file.bytes, 0);
    this.abort = new AbortController();
    let done = 0;
    const count = (bytes) => {
      done += bytes;
      const text = say("Fetching Python: {done} of {total} MB", { done: (done / MB).toFixed(1), total: (total / MB).toFixed(1) });
      this.tell("fetching", text, { done: Math.min(done, total), total });
    };
    count(0);
    const cache = await this.cache(listed);
    try {
      const files = await Promise.all(listed.map((file) => this.fetchFile(file, cache, count)));
      return Object.fromEntries(listed.map((file, at) => [file.name, { bytes: files[at], packed: file.packed }]));
    } catch (error) {
      this.abort.abort();
      throw error;
    }
  }

  cancel() {
    this.abort?.abort();
  }

  /** The browser's cache for this site's Python, cleared of older ones; null where there is none (a page by plain http). */
  async cache(listed) {
    if (typeof caches === "undefined") return null;
    try {
      const cache = await caches.open(`solve ${new URL(this.base).pathname}`);
      const current = new Set(listed.map((file) => new URL(file.url, this.base).href));
      for (const request of await cache.keys()) if (!current.has(request.url)) await cache.delete(request);
      return cache;
    } catch {
      return null; // cookies and site data are switched off, and so is this: fetched anew on each visit
    }
  }

  async fetchFile(file, cache, count) {
    const address = new URL(file.url, this.base).href;
    const kept = await cache?.match(address);
    if (kept) {
      const bytes = await kept.arrayBuffer();
      count(bytes.byteLength);
      return bytes;
    }
    try {
      const response = await fetch(address, { signal: this.abort.signal });
      if (!response.ok) throw Object.assign(new Error(), { status: response.status });
      const parts = [];
      const reader = response.body.getReader();
      for (let one = await reader.read(); !one.done; one = await reader.read()) {
        parts.push(one.value);
        count(one.value.byteLength);
      }
      const bytes = await new Blob(parts).arrayBuffer();
      await this.verify(bytes, file);
      // A full disk is no reason to stop: the next visit fetches again.
      await cache?.put(address, new Response(bytes)).catch(() => undefined);
      return bytes;
    } catch (error) {
      if (error instanceof Error && error.told) throw error;
      throw Object.assign(new Error(inWords(error, file.name)), { cancelled: error?.name === "AbortError" });
    }
  }

  /** What comes from another host is what the lock names. */
  async verify(bytes, file) {
    if (!file.sha256 || !crypto.subtle) return;
    const digest = [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))];
    if (digest.map((byte) => byte.toString(16).padStart(2, "0")).join("") !== file.sha256) {
      throw Object.assign(new Error(say("{file} is not the file that this course was built with, so it is not run.", { file: file.name })), { told: true });
    }
  }

  startWorker() {
    return new Promise((resolve, reject) => {
      const worker = new Worker(new URL(this.manifest.page + "worker.js", this.base), { type: "module" });
      this.worker = worker;
      worker.onmessage = ({ data }) => {
        if (worker !== this.worker) return; // a message of one that was ended
        if (data.kind === "ready") {
          this.module = data.module; // the next worker starts without compiling it
          resolve();
        } else if (data.kind === "broken" && data.token === undefined) reject(new Error(this.brokenWords(data.text)));
        else this.waiting.get(data.token)?.(data);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        if (worker !== this.worker) return;
        const text = this.brokenWords(event.message ?? "");
        reject(new Error(text));
        this.waiting.forEach((answer, token) => answer({ kind: "broken", token, text: event.message ?? "" }));
      };
      worker.postMessage({ kind: "start", files: this.files, module: this.module });
    });
  }

  brokenWords(text) {
    if (/memory|allocation|oom/i.test(text)) {
      return say("Python ran out of memory: the browser gives a page a few GB at most. Close other tabs, or make the arrays smaller.");
    }
    if (/call stack|recursion/i.test(text)) return say("Python ran out of stack: does a function call itself without end?");
    return say("Python stopped: {why}.", { why: text || say("the browser ended it without a word, as it does when memory is short") });
  }

  /** Has the worker do something, after what was asked before. Resolves with {error, figures, cards, ms, stopped}. */
  call(message, label, onPrint = () => undefined) {
    const mine = this.queue.then(() => this.callNow(message, label, onPrint));
    this.queue = mine.catch(() => undefined);
    return mine;
  }

  async callNow(message, label, onPrint) {
    await this.start();
    if (message.generation !== undefined && message.generation !== this.generation) return { renewed: true };
    const token = ++this.token;
    const told = await new Promise((resolve) => {
      let timer;
      this.stop = () => resolve({ kind: "stopped", by: "you" });
      this.waiting.set(token, (data) => {
        if (data.kind === "printed") onPrint(data.text);
        else if (data.kind === "running") {
          // The clock runs while the reader's code does.
          this.tell("running", say("Running {what} …", { what: label }));
          timer = setTimeout(() => resolve({ kind: "stopped", by: "the clock" }), this.limitMs);
        } else {
          clearTimeout(timer);
          resolve(data);
        }
      });
      this.worker.postMessage({ ...message, token });
    });
    this.waiting.delete(token);
    this.stop = undefined;
    if (told.kind === "done") {
      this.tell("ready", say("Python is ready."));
      return told;
    }
    return this.renew(told);
  }

  /** Ends the worker and starts another: for code that has no end, and where Python itself has ended. */
  renew(told) {
    this.worker.terminate();
    this.worker = undefined;
    this.started = undefined;
    this.start().catch(() => undefined); // what went wrong is shown by tell
    const why = told.kind === "broken" ? this.brokenWords(told.text)
      : told.by === "you" ? say("Stopped.") : say("Stopped after {seconds} s: does a loop never end?", { seconds: this.limitMs / 1000 });
    return { error: `${why}\n${say("Python starts anew, and what you wrote is kept.")}`, figures: [], stopped: true };
  }
}
