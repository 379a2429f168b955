/* Reading and writing the notebook's file: the one that students are given, with the solution cells' text replaced. */
import { say } from "./words.js";

const text = (source) => (Array.isArray(source) ? source.join("") : source);
const idOf = (cell) => cell.metadata?.nbgrader?.grade_id ?? cell.id;

/** The file to hand in: as nbgrader takes it, nothing but the solution cells changed. */
export function written(notebook, texts) {
  const copy = structuredClone(notebook);
  for (const cell of copy.cells) {
    const mine = texts[idOf(cell)];
    if (mine !== undefined && cell.metadata?.nbgrader?.solution) cell.source = mine.split(/(?<=\n)/);
  }
  return `${JSON.stringify(copy, null, 1)}\n`;
}

/** By cell, the text of the solution cells in a file. Throws an Error in words where there are none. */
export function texts(content, wanted, name) {
  let cells;
  try {
    cells = JSON.parse(content).cells;
  } catch {
    throw new Error(say("This file is no notebook: expected a file that ends with .ipynb, as Jupyter saves it."));
  }
  const found = {};
  for (const cell of Array.isArray(cells) ? cells : []) {
    if (wanted.includes(idOf(cell)) && typeof text(cell.source) === "string") found[idOf(cell)] = text(cell.source);
  }
  if (!Object.keys(found).length) {
    throw new Error(say("This notebook has none of the solution cells of {name} ({cells}): is it another assignment’s?", { name, cells: wanted.join(", ") }));
  }
  return found;
}
