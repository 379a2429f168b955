/* Small helpers to make elements, and to show what a cell gave. */
import { say } from "./words.js";

export function el(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in made && !key.includes("-")) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** A button whose name, read aloud, says what it is about. */
export function button(text, about, action, kind = "") {
  const spoken = about ? [el("span", { className: "visually-hidden" }, ` ${about}`)] : [];
  return el("button", { type: "button", className: `solve-button ${kind}`.trim(), onclick: action }, text, ...spoken);
}

/** Where a cell's output is shown: text as it comes, then the error, pictures and cards. */
export class Output {
  constructor() {
    this.box = el("div", { className: "solve-output", "aria-live": "polite", hidden: true });
  }

  clear() {
    this.box.replaceChildren();
    this.box.hidden = true;
    this.printed = undefined;
  }

  add(...nodes) {
    this.box.hidden = false;
    this.box.append(...nodes);
  }

  print(text) {
    if (!this.printed) {
      this.printed = el("pre", { className: "solve-printed" });
      this.add(this.printed);
    }
    this.printed.append(text);
  }

  show({ error, figures = [] }, about) {
    if (error) this.add(el("pre", { className: "solve-error" }, error));
    figures.forEach((figure, at) => {
      const alt = say("Picture {number} of {count}, drawn by {about}", { number: at + 1, count: figures.length, about });
      this.add(el("img", { src: `data:image/png;base64,${figure}`, alt, className: "solve-picture" }));
    });
  }

  say(text, kind = "") {
    this.add(el("p", { className: `solve-said ${kind}`.trim() }, text));
  }
}

/** Hands a text to the reader as a file. */
export function download(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/x-ipynb+json" }));
  const link = el("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}
