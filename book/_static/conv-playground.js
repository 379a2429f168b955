/* The interactive convolution: <conv-playground n="7" k="3" p="1" s="2" d="1">text for readers without scripts</conv-playground>.
   Attributes: n, k, p, s, d; x and w ("1,2;3,4") replace the drawn values; flip starts with the kernel rotated.
   The reader may type into every cell of the input and of the kernel.
   A classic script without dependencies, so that it works from file://. The arithmetic is exported for tests under node. */
(function (root) {
  "use strict";

  /** o = floor((n + 2p - d(k-1) - 1) / s) + 1, and what the division leaves. size is 0 when the window does not fit. */
  function outputSize(n, k, p, s, d) {
    var room = n + 2 * p - d * (k - 1) - 1;
    if (room < 0) return { size: 0, room: room, remainder: 0 };
    return { size: Math.floor(room / s) + 1, room: room, remainder: room % s };
  }

  /** The k·k products behind output (i, j), in the order of the kernel's rows. row and column are those of x. */
  function terms(x, w, p, s, d, flip, i, j) {
    var n = x.length, k = w.length, found = [];
    for (var u = 0; u < k; u++) {
      for (var v = 0; v < k; v++) {
        var row = i * s + u * d - p, column = j * s + v * d - p;
        var inside = row >= 0 && row < n && column >= 0 && column < n;
        found.push({
          row: row, column: column, inside: inside,
          x: inside ? x[row][column] : 0,
          w: flip ? w[k - 1 - u][k - 1 - v] : w[u][v]
        });
      }
    }
    return found;
  }

  /** Rounded to six decimals, so that typed fractions do not show the noise of binary arithmetic. */
  function sum(list) {
    return Math.round(list.reduce(function (total, term) { return total + term.x * term.w; }, 0) * 1e6) / 1e6;
  }

  /** All outputs, as rows of numbers. */
  function convolve(x, w, p, s, d, flip) {
    var o = outputSize(x.length, w.length, p, s, d).size, out = [];
    for (var i = 0; i < o; i++) {
      out.push([]);
      for (var j = 0; j < o; j++) out[i].push(sum(terms(x, w, p, s, d, flip, i, j)));
    }
    return out;
  }

  function defaultInput(n) {
    return matrix(n, function (i, j) { return (((j - i + 1) % 4) + 4) % 4; });
  }
  function defaultKernel(k) {
    var base = [[2, 0, 1], [0, 1, 2], [1, 0, 2]];
    return matrix(k, function (i, j) { return base[i % 3][j % 3]; });
  }
  function matrix(size, value) {
    var rows = [];
    for (var i = 0; i < size; i++) { rows.push([]); for (var j = 0; j < size; j++) rows[i].push(value(i, j)); }
    return rows;
  }
  function parse(text, size) {
    if (!text) return null;
    var rows = text.split(";").map(function (row) { return row.split(",").map(Number); });
    var square = rows.length === size && rows.every(function (row) { return row.length === size && row.every(isFinite); });
    return square ? rows : null;
  }

  /** The number that a reader typed, with either minus sign, or null. */
  function number(text) {
    var plain = text.trim().replace("\u2212", "-");
    return /^-?(\d+\.?\d*|\.\d+)$/.test(plain) && Math.abs(Number(plain)) <= LARGEST ? Number(plain) + 0 : null;
  }
  /** The corner of `fresh` that `old` covers, filled with the numbers of `old`. */
  function keep(old, fresh) {
    return fresh.map(function (row, i) {
      return row.map(function (value, j) { return i < old.length && j < old.length ? old[i][j] : value; });
    });
  }

  var LARGEST = 999;
  var api = { outputSize: outputSize, terms: terms, convolve: convolve, defaultInput: defaultInput, defaultKernel: defaultKernel, number: number };
  if (typeof module !== "undefined" && module.exports) { module.exports = api; return; }
  root.ConvPlayground = api;
  if (!root.customElements || root.customElements.get("conv-playground")) return;

  var FIELDS = [
    ["n", "Input size n", 1, 12], ["k", "Kernel size k", 1, 7], ["p", "Padding p", 0, 4],
    ["s", "Stride s", 1, 5], ["d", "Dilation d", 1, 4]
  ];
  var START = { n: 4, k: 3, p: 0, s: 1, d: 1 };

  var CSS = [
    ":host{display:block;font:400 .97rem/1.5 var(--c-sans,system-ui,sans-serif);color:var(--c-text,#1f2933)}",
    "*{box-sizing:border-box}",
    ".frame{border:1px solid var(--c-line,#d9dee3);border-radius:6px;padding:1rem;background:var(--c-page,#fff)}",
    "h3{font-size:1.05rem;margin:0 0 .7rem;font-weight:650}",
    ".fields{display:flex;flex-wrap:wrap;gap:.6rem 1rem;border:0;padding:0;margin:0 0 .8rem;align-items:end;min-width:0}",
    ".field label{display:block;font-size:.84rem;color:var(--c-soft,#525f6c)}",
    "input[type=number]{font:inherit;width:5.2rem;padding:.3rem .4rem;border:1px solid var(--c-control,#76828f);border-radius:4px;background:var(--c-page,#fff);color:inherit}",
    "input[aria-invalid=true]{border:2px solid var(--fig-red,#b3261e)}",
    ".check{display:flex;gap:.4rem;align-items:center;padding:.35rem 0}",
    "input[type=checkbox]{width:1.15rem;height:1.15rem;accent-color:var(--c-accent,#0b62a8)}",
    ".formula{margin:.2rem 0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}",
    ".note{margin:.2rem 0 .6rem;color:var(--c-soft,#525f6c);min-height:1.5em}",
    ".note.bad{color:var(--fig-red,#b3261e);font-weight:600}",
    ".grids{display:flex;flex-wrap:wrap;gap:1rem 2rem;align-items:flex-start;margin:.4rem 0 .8rem}",
    ".scroll{overflow-x:auto;max-width:100%;padding:4px}",
    ".cap{font-size:.86rem;color:var(--c-soft,#525f6c);margin:0 0 .2rem;max-width:20rem}",
    "table{border-collapse:separate;border-spacing:2px;font-variant-numeric:tabular-nums}",
    "caption{text-align:left;font-size:.86rem;color:var(--c-soft,#525f6c);padding:0 0 .2rem}",
    "td,.cell{width:2.25rem;height:2.25rem;min-width:2.25rem;padding:0;text-align:center;vertical-align:middle;border:1px solid var(--c-line,#d9dee3);border-radius:3px;line-height:1.05;background:none;color:inherit;font:inherit;font-size:.95rem;font-variant-numeric:tabular-nums}",
    "td{position:relative}td.tap{padding-bottom:.7rem}td small{position:absolute;inset:auto 0 .1rem;font-size:.66rem;line-height:1;color:var(--c-text,#1f2933)}",
    "td input{display:block;width:100%;height:1.4em;padding:0;border:0;margin:0;background:none;color:inherit;font:inherit;text-align:center;border-radius:2px}",
    "td.value:hover{border-color:var(--c-text,#1f2933)}td input[aria-invalid=true]{border:0;outline:2px solid var(--fig-red,#b3261e)}",
    ".cell.moved{box-shadow:inset 0 -4px 0 var(--fig-green,#1c7a4a)}",
    ".pad{border-style:dashed;border-color:var(--c-control,#76828f);color:var(--c-soft,#525f6c)}",
    ".tap{border:2px solid var(--fig-blue,#0b62a8);background:var(--c-accent-soft,#e8f1f9);color:inherit}",
    ".never{background:repeating-linear-gradient(135deg,transparent 0 4px,var(--c-line,#d9dee3) 4px 5px)}",
    ".row{display:flex;gap:2px;margin-bottom:2px}",
    ".cell{cursor:pointer;flex:none}",
    ".cell[aria-selected=true]{border:2px solid var(--fig-orange,#b4540a);font-weight:700}",
    ".cell:hover{border-color:var(--c-text,#1f2933)}",
    ".buttons{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin:.2rem 0 .7rem}",
    ".buttons button{font:inherit;font-weight:600;min-height:2.25rem;padding:.25rem .85rem;border:1px solid var(--c-control,#76828f);border-radius:5px;background:var(--c-page,#fff);color:inherit;cursor:pointer}",
    ".buttons button:hover:not(:disabled){border-color:var(--c-accent,#0b62a8);color:var(--c-accent,#0b62a8)}",
    ".buttons button.main{background:var(--c-accent,#0b62a8);border-color:var(--c-accent,#0b62a8);color:var(--c-page,#fff)}",
    ".buttons button.main:hover:not(:disabled){color:var(--c-page,#fff);text-decoration:underline}",
    "button:disabled{opacity:.5;cursor:not-allowed}",
    ".where{color:var(--c-soft,#525f6c)}",
    ".sum{border-top:1px solid var(--c-line,#d9dee3);padding-top:.6rem;font-family:var(--c-mono,monospace);font-size:.88rem;overflow-wrap:anywhere}",
    ".sum div{padding-left:1.5em}.sum div:first-child{padding-left:0}",
    ".sum .z{color:var(--c-soft,#525f6c)}.sum b{color:var(--fig-orange,#b4540a)}",
    ".live{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}",
    ".host{position:relative}",
    ":focus-visible{outline:3px solid var(--c-accent,#0b62a8);outline-offset:2px}",
    "@media (max-width:30rem){.frame{padding:.75rem}td,.cell{width:1.7rem;height:1.7rem;min-width:1.7rem;font-size:.86rem}td.tap{padding-bottom:.6rem}td small{font-size:.6rem;bottom:0}.fields{gap:.5rem .75rem}input[type=number]{width:4.4rem}td input{font-size:1rem;height:1.1rem;line-height:1.1}}",
    "@media (prefers-reduced-motion:no-preference){td,.cell{transition:background-color .15s,border-color .15s}}",
    "@media print{.buttons,.fields{display:none}}"
  ].join("");

  function element(name, properties, children) {
    var made = document.createElement(name);
    Object.keys(properties || {}).forEach(function (key) {
      if (key in made && key !== "role") made[key] = properties[key]; else made.setAttribute(key, properties[key]);
    });
    (children || []).forEach(function (child) { made.append(child); });
    return made;
  }
  function minus(value) { return String(value).replace("-", "\u2212"); }
  function signed(value) { return value < 0 ? "(" + minus(value) + ")" : String(value); }
  function plural(count, word) { return count + " " + word + (count === 1 ? "" : "s"); }

  var made = 0;

  function ConvPlaygroundElement() {
    return Reflect.construct(HTMLElement, [], ConvPlaygroundElement);
  }
  ConvPlaygroundElement.prototype = Object.create(HTMLElement.prototype);
  ConvPlaygroundElement.prototype.constructor = ConvPlaygroundElement;
  Object.setPrototypeOf(ConvPlaygroundElement, HTMLElement);

  ConvPlaygroundElement.prototype.connectedCallback = function () {
    if (this.shadowRoot) return;
    var self = this, id = "cp" + (++made);
    this.at = 0;
    this.timer = null;
    this.set = {};
    FIELDS.forEach(function (field) {
      var value = parseInt(self.getAttribute(field[0]), 10);
      self.set[field[0]] = value >= field[2] && value <= field[3] ? value : START[field[0]];
    });
    this.edited = false;
    this.flip = this.hasAttribute("flip");
    var shadow = this.attachShadow({ mode: "open" });
    this.inputs = {};

    var fields = element("div", { className: "fields", role: "group", "aria-label": "Sizes" });
    FIELDS.forEach(function (field) {
      var input = element("input", {
        type: "number", id: id + field[0], min: field[2], max: field[3], step: 1, value: self.set[field[0]], inputMode: "numeric"
      });
      input.addEventListener("input", function () { self.change(); });
      self.inputs[field[0]] = input;
      fields.append(element("div", { className: "field" }, [
        element("label", { htmlFor: id + field[0], textContent: field[1] }), input
      ]));
    });
    this.box = element("input", { type: "checkbox", id: id + "flip", checked: this.flip });
    this.box.addEventListener("change", function () { self.flip = self.box.checked; self.draw(); });
    fields.append(element("div", { className: "check" }, [
      this.box, element("label", { htmlFor: id + "flip", textContent: "Flip the kernel (convolution)" })
    ]));

    this.formula = element("p", { className: "formula" });
    this.note = element("p", { className: "note", role: "status" });
    this.grids = element("div", { className: "grids" });
    this.back = this.button("Back", function () { self.stop(); self.go(self.at - 1); });
    this.step = this.button("Step", function () { self.stop(); self.go(self.at + 1); }, "main");
    this.play = this.button("Play", function () { self.toggle(); });
    this.reset = this.button("Start over", function () { self.stop(); self.go(0); });
    this.restore = this.button("Restore the numbers", function () {
      self.stop();
      self.edited = false;
      self.x = self.w = null;
      self.draw();
      self.say("The numbers are those of the page again.", false);
      self.grids.querySelector("input").focus();
    });
    this.where = element("span", { className: "where" });
    this.sum = element("div", { className: "sum" });
    this.live = element("div", { className: "live", "aria-live": "polite" });

    var frame = element("div", { className: "frame host", role: "group", "aria-labelledby": id + "title" }, [
      element("h3", { id: id + "title", textContent: "Try it: one window at a time" }),
      fields, this.formula, this.note, this.grids,
      element("div", { className: "buttons" }, [this.back, this.step, this.play, this.reset, this.restore, this.where]),
      this.sum, this.live
    ]);
    shadow.append(element("style", { textContent: CSS }), frame);
    this.draw();
  };

  ConvPlaygroundElement.prototype.disconnectedCallback = function () { this.stop(); };

  ConvPlaygroundElement.prototype.button = function (text, action, kind) {
    var made = element("button", { type: "button", textContent: text, className: kind || "" });
    made.addEventListener("click", action);
    return made;
  };

  /** Reads the fields; keeps the last valid setting while one of them is not a number in its range. */
  ConvPlaygroundElement.prototype.change = function () {
    var self = this, wrong = [];
    this.stop();
    FIELDS.forEach(function (field) {
      var input = self.inputs[field[0]], value = Number(input.value);
      var good = input.value.trim() !== "" && Number.isInteger(value) && value >= field[2] && value <= field[3];
      input.setAttribute("aria-invalid", String(!good));
      if (good) self.set[field[0]] = value; else wrong.push(field[1] + " is a whole number from " + field[2] + " to " + field[3] + ".");
    });
    if (wrong.length) { this.say(wrong.join(" "), true); return; }
    this.at = 0;
    this.draw();
  };

  ConvPlaygroundElement.prototype.say = function (text, bad) {
    this.note.textContent = text;
    this.note.className = bad ? "note bad" : "note";
  };

  ConvPlaygroundElement.prototype.toggle = function () {
    if (this.timer) { this.stop(); return; }
    var self = this, total = this.size * this.size;
    var calm = root.matchMedia && root.matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.at >= total - 1) this.go(0);
    this.play.textContent = "Pause";
    this.timer = setInterval(function () {
      if (self.at >= total - 1) { self.stop(); return; }
      self.go(self.at + 1);
    }, calm ? 2000 : 1000);
  };

  ConvPlaygroundElement.prototype.stop = function () {
    clearInterval(this.timer);
    this.timer = null;
    if (this.play) this.play.textContent = "Play";
  };

  ConvPlaygroundElement.prototype.go = function (cell, focus) {
    var last = this.size * this.size - 1;
    this.at = Math.max(0, Math.min(last, cell));
    this.show();
    if (focus) this.outputs[this.at].focus();
  };

  /** Builds the three grids anew: after a change of sizes or of the flip. */
  ConvPlaygroundElement.prototype.draw = function () {
    var self = this, q = this.set, fit = outputSize(q.n, q.k, q.p, q.s, q.d);
    this.size = fit.size;
    var x = parse(this.getAttribute("x"), q.n) || defaultInput(q.n), w = parse(this.getAttribute("w"), q.k) || defaultKernel(q.k);
    this.x = this.edited ? keep(this.x, x) : x;
    this.w = this.edited ? keep(this.w, w) : w;
    this.restore.disabled = !this.edited;
    this.at = Math.min(this.at, Math.max(0, fit.size * fit.size - 1));

    var inner = q.n + " + 2\u00b7" + q.p + " \u2212 " + q.d + "\u00b7(" + q.k + " \u2212 1) \u2212 1";
    this.formula.textContent = "o = \u230a(" + inner + ") / " + q.s + "\u230b + 1" +
      (fit.size ? " = \u230a" + fit.room + " / " + q.s + "\u230b + 1 = " + fit.size : "");
    var width = q.d * (q.k - 1) + 1, padded = q.n + 2 * q.p;
    if (!fit.size) {
      this.say("The window covers " + plural(width, "cell") + " and the padded input has only " + padded + ": it fits nowhere, so there is no output.", true);
    } else if (fit.remainder) {
      var lost = fit.remainder === 1 ? "the last row and the last column of the padded input are" :
        "the last " + fit.remainder + " rows and columns of the padded input are";
      this.say(fit.room + " / " + q.s + " is not whole: " + lost + " never read (hatched).", false);
    } else {
      this.say(q.s > 1 ? "The division is whole: the last window ends at the edge." : "", false);
    }

    this.cells = [];
    var body = element("tbody"), edge = padded - fit.remainder;
    for (var row = 0; row < padded; row++) {
      var line = element("tr");
      this.cells.push([]);
      for (var column = 0; column < padded; column++) {
        var i = row - q.p, j = column - q.p, inside = i >= 0 && i < q.n && j >= 0 && j < q.n;
        var cell = element("td", {}, [inside ? this.editable("Input", this.x, i, j, i, j) : "0"]);
        cell.base = (inside ? "value" : "pad") + (fit.size && (row >= edge || column >= edge) ? " never" : "");
        this.cells[row].push(cell);
        line.append(cell);
      }
      body.append(line);
    }
    var kernel = element("tbody");
    for (var u = 0; u < q.k; u++) {
      var tr = element("tr");
      for (var v = 0; v < q.k; v++) {
        var from = this.flip ? [q.k - 1 - u, q.k - 1 - v] : [u, v];
        tr.append(element("td", { className: "value" }, [this.editable("Weight", this.w, from[0], from[1], u, v)]));
      }
      kernel.append(tr);
    }
    this.outputs = [];
    var values = convolve(this.x, this.w, q.p, q.s, q.d, this.flip);
    var grid = element("div", { role: "grid", "aria-label": "Output. Arrow keys move the window." });
    values.forEach(function (list, i) {
      var line = element("div", { role: "row", className: "row" });
      list.forEach(function (value, j) {
        var cell = element("button", { type: "button", role: "gridcell", className: "cell", textContent: minus(value) });
        var place = i * fit.size + j;
        cell.addEventListener("click", function () { self.stop(); self.go(place, true); });
        self.outputs.push(cell);
        line.append(cell);
      });
      grid.append(line);
    });
    grid.addEventListener("keydown", function (event) { self.key(event); });

    var pad = q.p ? ", padded to " + padded + "\u00d7" + padded : "";
    var output = fit.size ? "Output, " + fit.size + "\u00d7" + fit.size : "No output";
    this.grids.replaceChildren(
      this.scroller("Input", element("table", {}, [element("caption", { textContent: "Input, " + q.n + "\u00d7" + q.n + pad }), body])),
      this.scroller("Weights", element("table", {}, [
        element("caption", { textContent: this.flip ? "Weights, rotated by 180\u00b0" : "Weights" }), kernel
      ])),
      this.scroller("Output", element("div", {}, [element("p", { className: "cap", textContent: output })].concat(fit.size ? [grid] : [])))
    );
    this.show();
  };

  /** A cell to type into: the number values[i][j], shown in row `row` and column `column` of its grid. Tab stops once a grid. */
  ConvPlaygroundElement.prototype.editable = function (grid, values, i, j, row, column) {
    var self = this, place = grid + ", row " + row + ", column " + column, size = values.length;
    var input = element("input", {
      type: "text", inputMode: "text", autocomplete: "off", spellcheck: false, value: minus(values[i][j]), "aria-label": place,
      tabIndex: row + column ? -1 : 0, "data-grid": grid, "data-place": row + " " + column
    });
    input.addEventListener("focus", function () {
      self.grids.querySelectorAll('[data-grid="' + grid + '"]').forEach(function (other) { other.tabIndex = other === input ? 0 : -1; });
      input.select();
    });
    input.addEventListener("input", function () {
      var typed = number(input.value);
      self.stop();
      input.setAttribute("aria-invalid", String(typed === null));
      if (typed === null) {
        self.say(place + ": a number from \u2212" + LARGEST + " to " + LARGEST + ".", true);
        return;
      }
      values[i][j] = typed;
      self.edited = true;
      self.restore.disabled = false;
      self.update();
    });
    input.addEventListener("blur", function () {
      if (input.getAttribute("aria-invalid") === "true") self.say("", false);
      input.setAttribute("aria-invalid", "false");
      input.value = minus(values[i][j]);
    });
    input.addEventListener("keydown", function (event) {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      var whole = input.selectionStart === 0 && input.selectionEnd === input.value.length;
      var first = whole || input.selectionEnd === 0, last = whole || input.selectionStart === input.value.length;
      var to = {
        ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], Enter: [row + 1, column],
        ArrowLeft: first && [row, column - 1], ArrowRight: last && [row, column + 1]
      }[event.key];
      if (!to) return;
      event.preventDefault();
      if (to[0] < 0 || to[1] < 0 || to[0] >= size || to[1] >= size) return;
      self.grids.querySelector('[data-grid="' + grid + '"][data-place="' + to[0] + " " + to[1] + '"]').focus();
    });
    return input;
  };

  /** After a number has changed: new outputs, a bar below those that moved, and how many they are. */
  ConvPlaygroundElement.prototype.update = function () {
    var q = this.set, texts = [], moved = 0;
    convolve(this.x, this.w, q.p, q.s, q.d, this.flip).forEach(function (row) {
      row.forEach(function (value) { texts.push(minus(value)); });
    });
    this.outputs.forEach(function (cell, place) {
      var change = cell.textContent !== texts[place];
      cell.classList.toggle("moved", change);
      cell.textContent = texts[place];
      moved += change;
    });
    this.show();
    if (texts.length) this.say(moved + " of " + plural(texts.length, "output") + " changed.", false);
  };

  /** A box that scrolls sideways by itself, and can be reached by keyboard when it has to. */
  ConvPlaygroundElement.prototype.scroller = function (label, content) {
    var box = element("div", { className: "scroll" }, [content]);
    requestAnimationFrame(function () {
      if (box.scrollWidth > box.clientWidth + 1) {
        box.tabIndex = 0;
        box.setAttribute("role", "region");
        box.setAttribute("aria-label", label + ", scrolls sideways");
      }
    });
    return box;
  };

  ConvPlaygroundElement.prototype.key = function (event) {
    var o = this.size, row = Math.floor(this.at / o), column = this.at % o;
    var moves = {
      ArrowRight: [row, Math.min(o - 1, column + 1)], ArrowLeft: [row, Math.max(0, column - 1)],
      ArrowDown: [Math.min(o - 1, row + 1), column], ArrowUp: [Math.max(0, row - 1), column],
      Home: [row, 0], End: [row, o - 1]
    };
    var to = moves[event.key];
    if (!to || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.stop();
    this.go(to[0] * o + to[1], true);
  };

  /** Marks the window of the current output, and writes its sum out. */
  ConvPlaygroundElement.prototype.show = function () {
    var self = this, q = this.set, o = this.size, total = o * o;
    this.cells.forEach(function (row) {
      row.forEach(function (cell) {
        cell.className = cell.base;
        if (cell.lastChild.nodeName === "SMALL") cell.lastChild.remove();
      });
    });
    this.back.disabled = !total || this.at === 0;
    this.step.disabled = this.play.disabled = !total || this.at === total - 1;
    this.play.disabled = total < 2;
    this.reset.disabled = !total || this.at === 0;
    if (!total) {
      this.where.textContent = "";
      this.sum.replaceChildren();
      this.live.textContent = "";
      return;
    }
    var i = Math.floor(this.at / o), j = this.at % o;
    var list = terms(this.x, this.w, q.p, q.s, q.d, this.flip, i, j), value = sum(list);
    list.forEach(function (term) {
      var cell = self.cells[term.row + q.p][term.column + q.p];
      cell.className = cell.base + " tap";
      cell.append(element("small", { textContent: "\u00d7" + minus(term.w) }));
    });
    this.outputs.forEach(function (cell, place) {
      cell.tabIndex = place === self.at ? 0 : -1;
      cell.setAttribute("aria-selected", String(place === self.at));
    });
    this.where.textContent = "output " + (this.at + 1) + " of " + total;
    var lines = [element("div", { textContent: "y[" + i + ", " + j + "] =" })];
    for (var u = 0; u < q.k; u++) {
      var line = element("div");
      for (var v = 0; v < q.k; v++) {
        var term = list[u * q.k + v];
        line.append(element("span", {
          className: term.inside ? "" : "z", textContent: (u + v ? "+ " : "") + signed(term.x) + "\u00b7" + signed(term.w) + " "
        }));
      }
      lines.push(line);
    }
    lines.push(element("div", {}, ["= ", element("b", { textContent: minus(value) })]));
    this.sum.replaceChildren.apply(this.sum, lines);
    this.live.textContent = "Output row " + i + ", column " + j + ": the window starts at row " + (i * q.s - q.p) + ", column " +
      (j * q.s - q.p) + " of the input; the sum is " + value + ".";
  };

  root.customElements.define("conv-playground", ConvPlaygroundElement);
})(typeof self !== "undefined" ? self : this);
