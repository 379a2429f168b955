/* Cells of the chapter itself: an editor below each that needs NumPy alone, or the reader's own answers. */
import { editor } from "./editor.js";
import { Output, button, el } from "./elements.js";
import { say } from "./words.js";

export class PageCells {
  /** told: the chapter's cells and the statements before them, as the build has read them; assignment: the reader's answers. */
  constructor({ told, assignment }) {
    Object.assign(this, { told, assignment, space: `${assignment.space}-page`, done: new Set(), generation: -1 });
  }

  execute(source, id, onPrint) {
    const { python, space, files } = this.assignment;
    return python.call({ kind: "run", space: this.space, folder: space, files, cell: id, source }, id, onPrint);
  }

  /** Runs what the chapter has defined before a cell, once in each Python. Returns the first error, or "". */
  async before(cell) {
    const { python } = this.assignment;
    await python.start();
    if (cell.kind === "own") await this.assignment.define();
    if (this.generation !== python.generation) this.done.clear();
    this.generation = python.generation;
    let first = "";
    for (const [at, segment] of this.told.segments.slice(0, cell.at).entries()) {
      if (this.done.has(at) || (segment.kind === "own" && cell.kind !== "own")) continue;
      const { error, stopped } = await this.execute(segment.source, `above-${at + 1}`);
      if (stopped) return error;
      if (error) first ||= error;
      else this.done.add(at);
    }
    return first;
  }

  /** Runs a cell with this text. Returns {error, figures, above}. */
  async run(cell, source, onPrint) {
    const above = await this.before(cell);
    const told = await this.execute(source, `cell-${this.told.cells.indexOf(cell) + 1}`, onPrint);
    // What the reader has run stands in the place of the book's own statements.
    if (!told.error) for (let at = cell.at; at < cell.end; at += 1) this.done.add(at);
    return { ...told, above };
  }

  /** Puts an editor below a cell of the page. */
  open(at, host) {
    const cell = this.told.cells[at];
    const output = new Output();
    const run = async () => {
      output.clear();
      try {
        const told = await this.run(cell, code.text(), (text) => output.print(text));
        output.show(told, say("this cell"));
        if (told.error && told.above) output.say(say("What stands above stopped with an error, too: {error}", { error: told.above.split("\n").at(-1) }));
        if (told.error && cell.kind === "own") output.say(say("This cell uses what you write in the assignment at the end of the page: it runs with your own functions."));
        if (!told.error && output.box.hidden) output.say(say("It ran, and printed nothing."));
      } catch (error) {
        output.say(error.message, "solve-bad");
      }
    };
    const box = el("div", { className: "solve-page-cell", role: "group", "aria-label": say("This cell, to edit") });
    const help = el("p", { className: "solve-help", id: `solve-page-${at}` }, say("Escape, then Tab, leaves the editor. Shift+Enter runs it. Its output comes below; the book’s own stays above."));
    const code = editor({
      parent: box, text: cell.source, label: say("The cell’s code"), describedBy: help.id,
      keys: { "Shift-Enter": run, "Mod-Enter": run }, onChange: () => undefined,
    });
    const status = el("p", { className: "solve-status", role: "status" });
    const stop = button(say("Stop"), say("the code that is running"), () => this.assignment.python.stop?.(), "solve-stop");
    this.assignment.python.listen(({ state, text }) => {
      if (status.textContent !== text) status.textContent = text;
      stop.hidden = state !== "running";
    });
    const again = () => { code.replace(cell.source); output.clear(); };
    box.append(el("div", { className: "solve-buttons" }, button(say("Run"), say("the edited cell"), run, "solve-main"), button(say("As it was"), say("in the book"), again, "solve-quiet"), stop, status), help, output.box);
    host.after(box);
    code.focus();
    run();
  }
}
