/* A chapter's assignment, live: the notebook's text, an editor a solution cell, and the page's Python. */
import { editor } from "./editor.js";
import { Output, button, download, el } from "./elements.js";
import { texts, written } from "./notebook.js";
import { LIMIT_MS } from "./python.js";
import { Store } from "./store.js";
import { say } from "./words.js";

const HELP = say("Tab indents. Escape, then Tab, leaves the editor. Shift+Enter runs the cell; code may take {seconds} seconds.", { seconds: LIMIT_MS / 1000 });
const LONG = 20; // letters of a cell that is words, and no number or name
let numbered = 0;

/** On a phone, the last column of a table of many goes below its row where it is words. To screen readers it stays a table. */
function putWordsBelow(table) {
  const rows = [...table.rows], columns = rows[0].cells.length;
  if (columns < 5 || !rows.some((row) => row.lastElementChild.textContent.length > LONG)) return;
  table.classList.add("solve-words-below");
  table.style.setProperty("--columns", columns - 1);
  table.role = "table";
  [...table.tHead ? [table.tHead] : [], ...table.tBodies].forEach((group) => { group.role = "rowgroup"; });
  rows.forEach((row) => {
    row.role = "row";
    [...row.cells].forEach((cell) => { cell.role = cell.localName === "th" ? "columnheader" : "cell"; });
  });
}

export class Assignment {
  /** data: what the build has made of the notebook; files: the ones beside it; asks: whether practice is offered. */
  constructor({ python, data, notebook, files, pack, book, place }) {
    Object.assign(this, { python, data, notebook, files, pack, book, id: `solve-${++numbered}` });
    this.space = data.name;
    this.solutions = data.cells.filter((cell) => cell.role === "solution");
    this.ran = new Map();
    this.generation = -1;
    this.editors = {};
    this.outputs = {};
    this.cards = {};
    this.problem = el("p", { className: "solve-problem", role: "alert", hidden: true });
    const released = Object.fromEntries(this.solutions.map((cell) => [cell.id, cell.source]));
    this.store = new Store(`${place}:${data.name}`, released, (words) => this.complain(words));
    this.build();
    this.store.follow((id, text) => {
      this.editors[id].replace(text);
      this.say(say("Another tab has changed what is written here; this one shows it now."));
    });
  }

  complain(words) {
    this.problem.textContent = words;
    this.problem.hidden = false;
  }

  say(words) {
    this.note.textContent = words;
  }

  build() {
    this.status = el("p", { className: "solve-status", role: "status" });
    this.bar = el("progress", { max: 1, value: 0, hidden: true, "aria-label": say("How much of Python has been fetched") });
    this.cancel = button(say("Cancel"), say("the fetching of Python"), () => this.python.cancel());
    this.stop = button(say("Stop"), say("the code that is running"), () => this.python.stop?.(), "solve-stop");
    this.note = el("p", { className: "solve-note", role: "status" });
    this.help = el("p", { className: "solve-help", id: `${this.id}-help` }, HELP);
    this.root = el("section", { className: "solve", "aria-label": say("The assignment {name}, in this page", { name: this.data.name }) },
      el("div", { className: "solve-bar" }, this.status, this.bar, this.cancel, this.stop),
      this.problem, this.help, ...this.data.cells.map((cell) => this.cell(cell)), this.end());
    this.python.listen((told) => this.showState(told));
  }

  showState({ state, text, done, total }) {
    // Megabytes are for the eyes; the words that are read aloud change when something has happened.
    if (state === "fetching" && this.state === "fetching") this.counted.textContent = text;
    else {
      this.counted = el("span", {}, text);
      this.status.replaceChildren(this.counted);
    }
    this.status.setAttribute("aria-live", state === "fetching" && this.state === "fetching" ? "off" : "polite");
    this.state = state;
    this.bar.hidden = this.cancel.hidden = state !== "fetching";
    if (total) this.bar.value = done / total;
    this.stop.hidden = state !== "running";
    this.root?.classList.toggle("solve-busy", state === "running");
  }

  cell(cell) {
    if (cell.role === "text") {
      const box = el("div", { className: "solve-text" });
      box.innerHTML = cell.html; // made of the notebook's own text when the book was built
      box.querySelectorAll("table").forEach(putWordsBelow);
      return box;
    }
    if (cell.role === "solution") return this.solutionCell(cell);
    if (cell.role === "test") {
      return el("details", { className: "solve-test" }, el("summary", {}, say("The visible tests of {name}", { name: cell.id.replace(/^test_/, "") })), this.code(cell));
    }
    this.outputs[cell.id] = new Output();
    const box = el("div", { className: "solve-cell" }, this.code(cell));
    if (cell.role === "code") {
      box.append(el("div", { className: "solve-buttons" }, button(say("Run"), say("the cell above"), () => this.run(cell))), this.outputs[cell.id].box);
    }
    return box;
  }

  code(cell) {
    const code = el("pre", { className: "solve-code", tabIndex: 0 });
    code.innerHTML = cell.html;
    return code;
  }

  solutionCell(cell) {
    const box = el("div", { className: "solve-cell solve-solution", id: `${this.id}-${cell.id}` });
    this.outputs[cell.id] = new Output();
    this.cards[cell.id] = new Output();
    this.editors[cell.id] = editor({
      parent: box, text: this.store.read(cell.id), label: say("Your code: {name}", { name: cell.id }), describedBy: this.help.id,
      keys: { "Shift-Enter": () => this.run(cell), "Mod-Enter": () => this.run(cell) },
      onChange: (text) => this.store.write(cell.id, text),
    });
    const tested = this.data.cells.some((one) => one.id === `test_${cell.id}`);
    const buttons = [button(say("Run"), cell.id, () => this.run(cell))];
    if (tested) buttons.push(button(say("Check my answer"), say("to {name}", { name: cell.id }), () => this.check(cell), "solve-main"));
    if (tested && this.pack) buttons.push(button(say("Ask what the graders ask"), say("of {name}", { name: cell.id }), () => this.ask([cell.id])));
    buttons.push(button(say("Start over"), say("with {name}", { name: cell.id }), () => this.startOver(cell), "solve-quiet"));
    box.append(el("div", { className: "solve-buttons" }, ...buttons), this.outputs[cell.id].box, this.cards[cell.id].box);
    return box;
  }

  end() {
    this.total = new Output();
    this.opener = el("input", { type: "file", accept: ".ipynb", hidden: true, "aria-label": say("A notebook to open"), onchange: () => this.open() });
    this.kept = el("ul", { className: "solve-versions" });
    const versions = el("details", { ontoggle: () => this.listVersions() }, el("summary", {}, say("Versions to go back to")), this.kept);
    const ask = this.pack ? [button(say("Ask what the graders ask, of all"), "", () => this.ask(this.solutions.map((cell) => cell.id)))] : [];
    return el("div", { className: "solve-end" },
      el("div", { className: "solve-buttons" },
        button(say("Check all my answers"), "", () => this.checkAll(), "solve-main"), ...ask,
        button(say("Download the notebook"), say("with what you wrote"), () => this.save()),
        button(say("Open a notebook"), say("from a file"), () => this.opener.click()),
        button(say("Erase"), say("all that you wrote for this assignment"), () => this.erase(), "solve-quiet")),
      this.opener, this.note, this.total.box, versions,
      el("p", { className: "solve-small" }, say("What you write is kept in this browser alone. The downloaded notebook is the one to hand in.")));
  }

  source(cell) {
    return cell.role === "solution" ? this.editors[cell.id].text() : cell.source;
  }

  /** Has Python run a cell; shows nothing. */
  async execute(cell, onPrint) {
    const message = { kind: "run", space: this.space, files: this.files, cell: cell.id, source: this.source(cell) };
    const told = await this.python.call(message, cell.id, onPrint);
    if (this.generation !== this.python.generation) {
      this.generation = this.python.generation; // another Python, which has run nothing yet
      this.ran.clear();
    }
    if (!told.stopped) this.ran.set(cell.id, message.source);
    return told;
  }

  /** Runs what stands above a cell and has not run in this Python as it now reads. Returns the cells that failed. */
  async runAbove(cell) {
    await this.python.start();
    if (this.generation !== this.python.generation) this.ran.clear();
    const failed = [];
    for (const one of this.data.cells.slice(0, this.data.cells.indexOf(cell))) {
      if (one.role === "text" || one.role === "test" || this.ran.get(one.id) === this.source(one)) continue;
      const { error, stopped } = await this.execute(one);
      if (error) failed.push({ cell: one, error, stopped });
      if (stopped) break;
    }
    return failed;
  }

  /** Runs every cell that defines something and has not run as it now reads. Returns the cells that failed. */
  async define() {
    const last = this.data.cells.findLast((cell) => cell.role === "solution");
    const failed = await this.runAbove(last);
    if (this.ran.get(last.id) !== this.source(last)) {
      const { error } = await this.execute(last);
      if (error) failed.push({ cell: last, error });
    }
    return failed;
  }

  /** Runs a cell with what it needs, and shows what it gave. */
  async run(cell, output = this.outputs[cell.id]) {
    output.clear();
    this.cards[cell.id]?.clear();
    try {
      const failed = await this.runAbove(cell);
      const told = failed.some((one) => one.cell.role === "solution" && one.stopped)
        ? { error: failed.at(-1).error } : await this.execute(cell, (text) => output.print(text));
      output.show(told, say("the cell {name}", { name: cell.id }));
      if (told.error && failed.length) {
        const { cell: first, error } = failed[0];
        output.say(say(first.role === "solution" ? "Above, the cell {name} stopped with an error: {error}" : "Above, the code stopped with an error: {error}",
          { name: first.id, error: error.split("\n").at(-1) }));
      }
      if (!told.error && output.box.hidden) output.say(say("It ran, and printed nothing."));
      return told;
    } catch (error) {
      output.say(error.message, "solve-bad");
      return { error: error.message };
    }
  }

  /** Runs a solution cell and its visible tests. Returns whether all passed. */
  async check(cell) {
    const output = this.outputs[cell.id];
    const test = this.data.cells.find((one) => one.id === `test_${cell.id}`);
    const defined = await this.run(cell, output);
    if (defined.error) return false;
    output.clear();
    this.store.keep(say("checked {name}", { name: cell.id }));
    const told = await this.run(test, output);
    if (!told.error) output.say(say("✓ {name} passes the visible tests.", { name: cell.id }), "solve-good");
    return !told.error;
  }

  async checkAll() {
    this.total.clear();
    const passed = [];
    const tested = this.solutions.filter((cell) => this.data.cells.some((one) => one.id === `test_${cell.id}`));
    for (const cell of tested) if (await this.check(cell)) passed.push(cell.id);
    this.total.say(say("{passed} of {count} functions pass the visible tests.", { passed: passed.length, count: tested.length }), passed.length === tested.length ? "solve-good" : "");
    return passed;
  }

  /** Asks functions the cases of the practice pack, and shows the graders' cards. Returns what was found, by function. */
  async ask(names) {
    names.forEach((name) => this.cards[name].clear());
    this.total.clear();
    const last = this.solutions.findLast((cell) => names.includes(cell.id));
    try {
      const failed = [...await this.runAbove(last)];
      const { error } = await this.execute(last);
      if (error) failed.push({ cell: last, error });
      // Those before it are asked, too: a card says which of them to mend first.
      const only = this.solutions.slice(0, this.solutions.indexOf(last) + 1).map((cell) => cell.id);
      const sources = Object.fromEntries(this.solutions.map((cell) => [cell.id, this.source(cell)]));
      const told = await this.python.call(
        { kind: "ask", space: this.space, files: this.files, name: this.data.name, pack: this.pack, sources, only, book: this.book },
        say("the graders’ questions about {name}", { name: names.length === 1 ? names[0] : this.data.name }));
      this.store.keep(names.length === 1 ? say("asked about {name}", { name: names[0] }) : say("asked about all"));
      for (const name of names) this.showCard(name, told, failed.find((one) => one.cell.id === name));
      if (!told.error && names.length > 1) this.sum(names, told.cards);
      return told.cards ?? {};
    } catch (error) {
      this.cards[last.id].say(error.message, "solve-bad");
      return {};
    }
  }

  showCard(name, told, failure) {
    const output = this.cards[name];
    if (told.error) {
      output.show(told);
    } else if (told.cards[name]) {
      const box = el("div", { className: "solve-card" });
      box.innerHTML = told.cards[name].card; // the graders' own, which escapes every text and holds no script
      output.add(box);
    }
    if (failure) output.show(failure);
  }

  sum(names, cards) {
    const asked = names.filter((name) => cards[name]);
    const points = asked.reduce((sum, name) => sum + cards[name].points, 0);
    const most = asked.reduce((sum, name) => sum + cards[name].max_points, 0);
    const words = say("{points} of {most} points. The graders ask the same kinds of cases with other numbers.", { points: +points.toFixed(2), most });
    this.total.say(words, points === most ? "solve-good" : "");
  }

  startOver(cell) {
    if (!confirm(say("Start over with {name}? What you wrote there stays among the versions.", { name: cell.id }))) return;
    this.store.keep(say("before starting over with {name}", { name: cell.id }));
    this.editors[cell.id].replace(cell.source);
    this.outputs[cell.id].clear();
    this.cards[cell.id].clear();
  }

  save() {
    this.store.keep(say("downloaded"));
    download(`${this.data.name}.ipynb`, written(this.notebook, Object.fromEntries(this.solutions.map((cell) => [cell.id, this.source(cell)]))));
    this.say(say("{file} is among your downloads.", { file: `${this.data.name}.ipynb` }));
  }

  async open() {
    const [file] = this.opener.files;
    this.opener.value = "";
    if (!file) return;
    try {
      const found = texts(await file.text(), this.solutions.map((cell) => cell.id), this.data.name);
      this.store.keep(say("before opening {file}", { file: file.name }));
      this.take(found);
      this.say(say("{file} is open: {found} of {count} solution cells. What stood here is among the versions.",
        { file: file.name, found: Object.keys(found).length, count: this.solutions.length }));
    } catch (error) {
      this.say(error.message);
    }
  }

  take(found) {
    for (const cell of this.solutions) this.editors[cell.id].replace(found[cell.id] ?? cell.source);
  }

  listVersions() {
    const rows = this.store.versions().map(({ when, why, cells }) => {
      const words = `${new Date(when).toLocaleString()}: ${why} (${Object.keys(cells).join(", ")})`;
      return el("li", {}, `${words} `, button(say("Bring back"), say("the version of {version}", { version: words }), () => this.bringBack(cells)));
    });
    this.kept.replaceChildren(...(rows.length ? rows : [el("li", {}, say("None yet: one is kept with every check, question and download."))]));
  }

  bringBack(cells) {
    this.store.keep(say("before going back"));
    this.take(cells);
    this.listVersions();
    this.say(say("The version is back. What stood here before is among the versions, too."));
  }

  erase() {
    if (!confirm(say("Erase all that you wrote for {name}, with its versions? A downloaded notebook is all that would be left.", { name: this.data.name }))) return;
    this.take({});
    this.store.erase();
    Object.values({ ...this.outputs, ...this.cards }).forEach((output) => output.clear());
    this.total.clear();
    this.listVersions();
    this.say(say("Erased."));
  }
}
