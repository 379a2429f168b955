/* Take blocks out of two trained networks: <deletion-explorer residual="935,…" plain="…" pictures="10000">table without scripts</deletion-explorer>.
   Each list counts a network's mistakes without every set of its blocks; bit b of a place says that block b is out. A classic script
   without dependencies, so that it works from file://. The arithmetic is exported for tests. */
(function (root) {
  "use strict";

  /** How many of the paths through n blocks cross 0, 1, … n branches: the binomial coefficients. */
  function lengths(n) {
    var row = [1];
    for (var i = 0; i < n; i++) {
      row = row.concat(0).map(function (many, k) { return many + (k ? row[k - 1] : 0); });
    }
    return row;
  }

  function place(out) {
    return out.reduce(function (all, gone, b) { return all + (gone ? 1 << b : 0); }, 0);
  }

  /** wrong of pictures in percent, to a tenth; a half goes to the even tenth. */
  function percent(wrong, pictures) {
    var tenths = 1000 * wrong / pictures, near = Math.round(tenths);
    return (near - tenths === 0.5 && near % 2 ? near - 1 : near) / 10;
  }

  function list(text) { return (text || "").split(",").map(Number); }

  var api = { lengths: lengths, place: place, percent: percent };
  if (typeof module !== "undefined" && module.exports) { module.exports = api; return; }
  root.DeletionExplorer = api;
  if (!root.customElements || root.customElements.get("deletion-explorer")) return;

  /** A text in the page's language, with values in its {gaps}. A translated book defines courseWords. */
  function say(text, values) {
    return (root.courseWords ? root.courseWords(text) : text).replace(/\{(\w+)\}/g, function (gap, name) { return values ? values[name] : gap; });
  }

  var BLOCKS = ["1.0", "1.1", "1.2", "2.0", "2.1", "2.2", "3.0", "3.1", "3.2"], CHANCE = 90;
  var SVG = "http://www.w3.org/2000/svg";
  var CSS = [
    ":host{display:block;font:400 .97rem/1.5 var(--c-sans,system-ui,sans-serif);color:var(--c-text,#1f2933)}",
    "*{box-sizing:border-box}",
    ".frame{border:1px solid var(--c-line,#d9dee3);border-radius:6px;padding:1rem;background:var(--c-page,#fff)}",
    "h3{font-size:1.05rem;margin:0 0 .5rem;font-weight:650}p{margin:.3rem 0}",
    ".blocks{display:flex;flex-wrap:wrap;gap:.4rem;margin:.4rem 0 .8rem}",
    "button{font:inherit;min-height:2.25rem;padding:.2rem .65rem;border:1.5px solid var(--fig-blue,#0b62a8);border-radius:5px;background:var(--c-accent-soft,#e8f1f9);color:var(--c-text,#1f2933);cursor:pointer;font-variant-numeric:tabular-nums}",
    "button[aria-pressed=true]{border-style:dashed;border-color:var(--c-control,#76828f);background:var(--c-page,#fff);color:var(--c-soft,#525f6c);text-decoration:line-through}",
    ".actions{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:end;margin:0 0 .6rem}",
    ".actions button{font-weight:600;border:1px solid var(--c-control,#76828f);background:var(--c-page,#fff)}",
    "label{display:block;font-size:.84rem;color:var(--c-soft,#525f6c)}",
    "input{font:inherit;width:6rem;padding:.3rem .4rem;border:1px solid var(--c-control,#76828f);border-radius:4px;background:var(--c-page,#fff);color:inherit}",
    "input[aria-invalid=true]{border:2px solid var(--fig-red,#b3261e)}",
    ".note{min-height:3em;font-variant-numeric:tabular-nums}",
    "svg{display:block;width:100%;max-width:30rem;margin:.4rem auto}",
    "text{font:400 13px var(--c-sans,system-ui,sans-serif);fill:var(--c-text,#1f2933)}.small{font-size:11px;fill:var(--c-soft,#525f6c)}",
    ".residual{fill:var(--fig-blue,#0b62a8)}.plain{fill:var(--fig-orange,#b4540a)}",
    ".gone{fill:none;stroke:var(--fig-muted,#616e7c);stroke-dasharray:3 2}",
    ".line{stroke:var(--fig-muted,#616e7c);stroke-dasharray:2 3}.guess{stroke:var(--fig-purple,#7b3fa0);stroke-width:2.5}.guessed{fill:var(--fig-purple,#7b3fa0)}",
    ":focus-visible{outline:3px solid var(--c-accent,#0b62a8);outline-offset:2px}",
    "@media (max-width:30rem){.frame{padding:.75rem}}@media print{.actions,.blocks{display:none}}"
  ].join("");

  function element(name, properties, children) {
    var made = document.createElement(name);
    Object.keys(properties || {}).forEach(function (key) {
      if (key in made && key !== "role") made[key] = properties[key]; else made.setAttribute(key, properties[key]);
    });
    (children || []).forEach(function (child) { made.append(child); });
    return made;
  }
  function shape(name, attributes, text) {
    var made = document.createElementNS(SVG, name);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    if (text !== undefined) made.textContent = text;
    return made;
  }

  var made = 0;
  function DeletionElement() { return Reflect.construct(HTMLElement, [], DeletionElement); }
  DeletionElement.prototype = Object.create(HTMLElement.prototype);
  DeletionElement.prototype.constructor = DeletionElement;
  Object.setPrototypeOf(DeletionElement, HTMLElement);

  DeletionElement.prototype.connectedCallback = function () {
    if (this.shadowRoot || (window.courseLater && window.courseLater(this))) return;
    var self = this, id = "del" + (++made);
    this.wrong = { residual: list(this.getAttribute("residual")), plain: list(this.getAttribute("plain")) };
    this.pictures = Number(this.getAttribute("pictures"));
    this.out = BLOCKS.map(function () { return false; });
    this.shown = true;
    this.buttons = BLOCKS.map(function (name, b) {
      var button = element("button", { type: "button", textContent: name, "aria-pressed": "false", "aria-label": say("Take out block {name}", { name: name }) });
      button.addEventListener("click", function () {
        self.out[b] = !self.out[b];
        button.setAttribute("aria-pressed", String(self.out[b]));
        self.shown = !self.out.some(Boolean);
        self.draw();
      });
      return button;
    });
    this.guess = element("input", { type: "number", id: id + "guess", min: 0, max: 100, step: 1, inputMode: "numeric" });
    this.show = element("button", { type: "button", textContent: say("Show the errors") });
    this.show.addEventListener("click", function () { self.reveal(); });
    this.guess.addEventListener("keydown", function (event) { if (event.key === "Enter") self.reveal(); });
    this.back = element("button", { type: "button", textContent: say("Put all back") });
    this.back.addEventListener("click", function () {
      self.out = BLOCKS.map(function () { return false; });
      self.buttons.forEach(function (button) { button.setAttribute("aria-pressed", "false"); });
      self.shown = true;
      self.draw();
    });
    this.note = element("p", { className: "note", role: "status" });
    this.svg = shape("svg", { role: "img", viewBox: "0 0 400 262" });
    var shadow = this.attachShadow({ mode: "open" });
    shadow.append(element("style", { textContent: CSS }), element("div", {
      className: "frame", role: "group", "aria-labelledby": id + "title"
    }, [
      element("h3", { id: id + "title", textContent: say("Try it: take blocks out") }),
      element("p", { textContent: say("Each button is a block, by stage and place. Take one out or several, guess, and then look.") }),
      element("div", { className: "blocks", role: "group", "aria-label": say("Blocks") }, this.buttons),
      element("div", { className: "actions" }, [
        element("div", {}, [element("label", { htmlFor: id + "guess", textContent: say("Your guess for ResNet-20, in %") }), this.guess]),
        this.show, this.back
      ]),
      this.note, this.svg
    ]));
    this.draw();
  };

  /** Shows the errors, unless something that is no percentage was typed as a guess. */
  DeletionElement.prototype.reveal = function () {
    var good = this.guess.value.trim() === "" ? !this.guess.validity.badInput : Number(this.guess.value) >= 0 && Number(this.guess.value) <= 100;
    this.guess.setAttribute("aria-invalid", String(!good));
    if (!good) { this.note.textContent = say("A guess is a number from 0 to 100."); return; }
    this.shown = true;
    this.draw();
  };

  /** Error of a network in percent, with the present blocks taken out, to a tenth; a half goes to the even tenth, as in the page's table. */
  DeletionElement.prototype.error = function (kind) { return percent(this.wrong[kind][place(this.out)], this.pictures); };

  DeletionElement.prototype.draw = function () {
    var self = this, gone = this.out.filter(Boolean).length, left = BLOCKS.length - gone;
    var guess = this.guess.value.trim() === "" || !gone || !this.shown ? null : Number(this.guess.value);
    var names = BLOCKS.filter(function (_, b) { return self.out[b]; }).join(", ");
    var values = { names: names, residual: this.error("residual").toFixed(1), plain: this.error("plain").toFixed(1), all: 1 << BLOCKS.length, left: 1 << left }, sentences = [];
    if (this.shown) sentences.push(say(gone ? "Without {names}: ResNet-20 errs on {residual} %, plain-20 on {plain} %." : "Whole: ResNet-20 errs on {residual} %, plain-20 on {plain} %.", values));
    else sentences.push(say("Without {names}: what will ResNet-20’s error be? Guess, then show.", values));
    if (guess !== null) {
      var off = guess - this.error("residual");
      sentences.push(say(off < 0 ? "Your guess was {points} points too low." : "Your guess was {points} points too high.", { points: Math.abs(off).toFixed(1) }));
    }
    sentences.push(say(left ? "Of ResNet-20’s {all} paths {left} are left." : "Of ResNet-20’s {all} paths {left} is left.", values));
    var said = sentences.join(" ");
    this.note.textContent = said;
    var parts = [], x0 = 84, wide = 290;
    [["residual", "ResNet-20", 8], ["plain", "plain-20", 40]].forEach(function (row) {
      parts.push(shape("text", { x: x0 - 8, y: row[2] + 17, "text-anchor": "end" }, row[1]));
      if (self.shown) {
        var error = self.error(row[0]);
        parts.push(shape("rect", { x: x0, y: row[2], width: wide * error / 100, height: 24, class: row[0] }));
      } else {
        parts.push(shape("text", { x: x0 + 6, y: row[2] + 17 }, "?"));
      }
    });
    parts.push(shape("line", { x1: x0 + wide * CHANCE / 100, x2: x0 + wide * CHANCE / 100, y1: 2, y2: 72, class: "line" }));
    parts.push(shape("text", { x: x0 + wide * CHANCE / 100, y: 86, "text-anchor": "middle", class: "small" }, say("chance 90 %")));
    parts.push(shape("text", { x: x0, y: 86, "text-anchor": "middle", class: "small" }, "0 %"));
    if (guess !== null) {
      parts.push(shape("line", { x1: x0 + wide * guess / 100, x2: x0 + wide * guess / 100, y1: 2, y2: 72, class: "guess" }));
      if (guess < 70 && guess > 12) parts.push(shape("text", { x: x0 + wide * guess / 100, y: 86, "text-anchor": "middle", class: "small guessed" }, say("your guess")));
    }
    var all = lengths(BLOCKS.length), now = lengths(left), peak = Math.max.apply(null, all), base = 222;
    parts.push(shape("text", { x: 14, y: 112 }, say("Paths by the number of branches that they cross")));
    all.forEach(function (many, k) {
      var x = 14 + k * 38, tall = 88 * many / peak, have = now[k] || 0;
      parts.push(shape("rect", { x: x, y: base - tall, width: 28, height: tall, class: "gone" }));
      parts.push(shape("rect", { x: x, y: base - 88 * have / peak, width: 28, height: 88 * have / peak, class: "residual" }));
      parts.push(shape("text", { x: x + 14, y: base + 15, "text-anchor": "middle" }, String(k)));
      parts.push(shape("text", { x: x + 14, y: base + 31, "text-anchor": "middle", class: "small" }, String(have)));
    });
    this.svg.replaceChildren.apply(this.svg, parts);
    this.svg.setAttribute("aria-label", said + " " + say("Paths by length, from 0 branches on: {counts}.", { counts: all.map(function (_, k) { return now[k] || 0; }).join(", ") }));
  };

  root.customElements.define("deletion-explorer", DeletionElement);
})(typeof self !== "undefined" ? self : this);
