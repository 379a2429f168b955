/* One convolutional layer as two volumes: <volume-explorer preset="alexnet">table for readers without scripts</volume-explorer>.
   A classic script without dependencies, so that it works from file://. The arithmetic is exported for tests under node. */
(function (root) {
  "use strict";

  /** Everything that follows from a layer's sizes; q = {n, c, f, k, s, p}. size is 0 where the window does not fit. */
  function layer(q) {
    var room = q.n + 2 * q.p - q.k;
    var size = room < 0 ? 0 : Math.floor(room / q.s) + 1;
    var weights = q.c * q.k * q.k, places = size * size;
    return {
      size: size, room: room, remainder: room < 0 ? 0 : room % q.s,
      perFilter: weights + 1, parameters: q.f * (weights + 1), neurons: places * q.f,
      macs: places * q.f * weights, unshared: places * q.f * (weights + 1)
    };
  }

  /** The first row and column of the window of a place, in the unpadded input, counted row by row. */
  function windowAt(q, at) {
    var o = layer(q).size;
    if (!o) return null;
    var i = Math.floor(at / o), j = at % o;
    return { i: i, j: j, row: i * q.s - q.p, column: j * q.s - q.p };
  }

  /** A text in the page's language, with values in its {gaps}. A translated book defines courseWords. */
  function say(text, values) {
    return (root.courseWords ? root.courseWords(text) : text).replace(/\{(\w+)\}/g, function (gap, name) { return values ? values[name] : gap; });
  }

  var PRESETS = {
    column: [say("The page’s 11 × 11 × 4"), { n: 11, c: 4, f: 5, k: 5, s: 2, p: 0 }],
    image: [say("32 × 32 × 3, ten filters"), { n: 32, c: 3, f: 10, k: 5, s: 1, p: 2 }],
    alexnet: ["AlexNet conv1", { n: 227, c: 3, f: 96, k: 11, s: 4, p: 0 }],
    vgg1: ["VGG-16 conv1", { n: 224, c: 3, f: 64, k: 3, s: 1, p: 1 }],
    vgg8: ["VGG-16 conv8", { n: 28, c: 256, f: 512, k: 3, s: 1, p: 1 }],
    resnet: [say("ResNet stem"), { n: 224, c: 3, f: 64, k: 7, s: 2, p: 3 }]
  };

  var api = { layer: layer, windowAt: windowAt, presets: PRESETS };
  if (typeof module !== "undefined" && module.exports) { module.exports = api; return; }
  root.VolumeExplorer = api;
  if (!root.customElements || root.customElements.get("volume-explorer")) return;

  var FIELDS = [
    ["n", say("Input height and width"), 1, 512], ["c", say("Input depth C"), 1, 2048], ["f", say("Filters F"), 1, 2048],
    ["k", say("Kernel size k"), 1, 31], ["s", say("Stride s"), 1, 16], ["p", say("Padding p"), 0, 15]
  ];
  var SVG = "http://www.w3.org/2000/svg";
  var CSS = [
    ":host{display:block;font:400 .97rem/1.5 var(--c-sans,system-ui,sans-serif);color:var(--c-text,#1f2933)}",
    "*{box-sizing:border-box}",
    ".frame{position:relative;border:1px solid var(--c-line,#d9dee3);border-radius:6px;padding:1rem;background:var(--c-page,#fff)}",
    "h3{font-size:1.05rem;margin:0 0 .7rem;font-weight:650}",
    ".fields{display:flex;flex-wrap:wrap;gap:.6rem 1rem;margin:0 0 .8rem;align-items:end}",
    "label{display:block;font-size:.84rem;color:var(--c-soft,#525f6c)}",
    "input[type=number],select{font:inherit;padding:.3rem .4rem;border:1px solid var(--c-control,#76828f);border-radius:4px;background:var(--c-page,#fff);color:inherit;max-width:100%}",
    "input[type=number]{width:5.6rem}input[type=range]{width:100%;max-width:26rem;accent-color:var(--c-accent,#0b62a8)}",
    "input[aria-invalid=true]{border:2px solid var(--fig-red,#b3261e)}",
    ".note{margin:.2rem 0 .6rem;color:var(--c-soft,#525f6c);min-height:1.5em}.note.bad{color:var(--fig-red,#b3261e);font-weight:600}",
    "svg{display:block;width:100%;max-height:22rem;margin:.4rem 0}",
    ".in{stroke:var(--fig-muted,#616e7c);fill:var(--fig-muted,#616e7c);fill-opacity:.1}",
    ".out{stroke:var(--fig-orange,#b4540a);fill:var(--fig-orange,#b4540a);fill-opacity:.08}",
    ".win{stroke:var(--fig-blue,#0b62a8);fill:var(--fig-blue,#0b62a8);fill-opacity:.3}",
    ".col{stroke:var(--fig-orange,#b4540a);fill:var(--fig-orange,#b4540a);fill-opacity:.5}",
    "polygon{stroke-width:1.2;vector-effect:non-scaling-stroke;stroke-linejoin:round}",
    ".keys{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;font-size:.86rem;color:var(--c-soft,#525f6c);margin:0 0 .6rem;padding:0;list-style:none}",
    "dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,13.5rem),1fr));gap:.6rem 1.2rem;margin:.8rem 0 0}",
    "dl div{border-top:1px solid var(--c-line,#d9dee3);padding-top:.35rem}",
    "dt{font-size:.84rem;color:var(--c-soft,#525f6c)}dd{margin:0;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}",
    "dd b{font-weight:650}dd span{display:block;font-size:.84rem;color:var(--c-soft,#525f6c)}",
    ".live{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}",
    ":focus-visible{outline:3px solid var(--c-accent,#0b62a8);outline-offset:2px}",
    "@media (max-width:30rem){.frame{padding:.75rem}.fields{gap:.5rem .75rem}input[type=number]{width:5rem}}",
    "@media print{.fields,.slide{display:none}}"
  ].join("");

  function element(name, properties, children) {
    var made = document.createElement(name);
    Object.keys(properties || {}).forEach(function (key) {
      if (key in made && key !== "role") made[key] = properties[key]; else made.setAttribute(key, properties[key]);
    });
    (children || []).forEach(function (child) { made.append(child); });
    return made;
  }
  function big(value) { return value.toLocaleString(document.documentElement.lang || "en"); }
  function minus(value) { return String(value).replace("-", "\u2212"); }
  function times() { return Array.prototype.slice.call(arguments).join(" \u00d7 "); }

  /** The three visible faces of a box as SVG polygons. box = [x, y, z, width, height, depth], at an origin. */
  function cuboid(box, origin, kind) {
    var x = box[0], y = box[1], z = box[2], w = box[3], h = box[4], d = box[5];
    function at(a, b, c) { return (origin[0] + a + 0.5 * c).toFixed(2) + "," + (origin[1] + b - 0.4 * c).toFixed(2); }
    return [
      [at(x, y, z), at(x, y, z + d), at(x + w, y, z + d), at(x + w, y, z)],
      [at(x + w, y, z), at(x + w, y, z + d), at(x + w, y + h, z + d), at(x + w, y + h, z)],
      [at(x, y, z), at(x + w, y, z), at(x + w, y + h, z), at(x, y + h, z)]
    ].map(function (points) {
      var face = document.createElementNS(SVG, "polygon");
      face.setAttribute("points", points.join(" "));
      face.setAttribute("class", kind);
      return face;
    });
  }

  var made = 0;
  function VolumeExplorerElement() { return Reflect.construct(HTMLElement, [], VolumeExplorerElement); }
  VolumeExplorerElement.prototype = Object.create(HTMLElement.prototype);
  VolumeExplorerElement.prototype.constructor = VolumeExplorerElement;
  Object.setPrototypeOf(VolumeExplorerElement, HTMLElement);

  VolumeExplorerElement.prototype.connectedCallback = function () {
    if (this.shadowRoot || (window.courseLater && window.courseLater(this))) return;
    var self = this, id = "ve" + (++made), named = this.getAttribute("preset");
    this.set = Object.assign({}, (PRESETS[named] || PRESETS.alexnet)[1]);
    this.inputs = {};
    this.preset = element("select", { id: id + "preset" });
    Object.keys(PRESETS).forEach(function (key) {
      self.preset.append(element("option", { value: key, textContent: PRESETS[key][0] }));
    });
    this.preset.append(element("option", { value: "", textContent: say("your own") }));
    this.preset.value = PRESETS[named] ? named : "alexnet";
    this.preset.addEventListener("change", function () {
      if (!self.preset.value) return;
      self.set = Object.assign({}, PRESETS[self.preset.value][1]);
      FIELDS.forEach(function (field) {
        self.inputs[field[0]].value = self.set[field[0]];
        self.inputs[field[0]].setAttribute("aria-invalid", "false");
      });
      self.draw(true);
    });
    var fields = element("div", { className: "fields", role: "group", "aria-label": say("Layer") }, [
      element("div", {}, [element("label", { htmlFor: id + "preset", textContent: say("Start from") }), this.preset])
    ]);
    FIELDS.forEach(function (field) {
      var input = element("input", {
        type: "number", id: id + field[0], min: field[2], max: field[3], step: 1, value: self.set[field[0]], inputMode: "numeric"
      });
      input.addEventListener("input", function () { self.change(); });
      self.inputs[field[0]] = input;
      fields.append(element("div", {}, [element("label", { htmlFor: id + field[0], textContent: field[1] }), input]));
    });
    this.note = element("p", { className: "note", role: "status" });
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("role", "img");
    this.svg.setAttribute("preserveAspectRatio", "xMidYMid meet");
    this.slider = element("input", { type: "range", id: id + "at", min: 0, value: 0, step: 1 });
    this.slider.addEventListener("input", function () { self.paint(); });
    this.keys = element("ul", { className: "keys" });
    this.list = element("dl");
    this.live = element("div", { className: "live", "aria-live": "polite" });
    var shadow = this.attachShadow({ mode: "open" });
    shadow.append(element("style", { textContent: CSS }), element("div", {
      className: "frame", role: "group", "aria-labelledby": id + "title"
    }, [
      element("h3", { id: id + "title", textContent: say("Try it: one layer, two volumes") }),
      fields, this.note, this.svg, this.keys,
      element("div", { className: "slide" }, [
        element("label", { htmlFor: id + "at", textContent: say("Place of the window, row by row") }), this.slider
      ]),
      this.list, this.live
    ]));
    this.draw(true);
  };

  /** Reads the fields; keeps the last valid setting while one of them is not a number in its range. */
  VolumeExplorerElement.prototype.change = function () {
    var self = this, wrong = [], set = {};
    FIELDS.forEach(function (field) {
      var input = self.inputs[field[0]], value = Number(input.value);
      var good = input.value.trim() !== "" && Number.isInteger(value) && value >= field[2] && value <= field[3];
      input.setAttribute("aria-invalid", String(!good));
      set[field[0]] = value;
      if (!good) wrong.push(say("{field} is a whole number from {low} to {high}.", { field: field[1], low: field[2], high: field[3] }));
    });
    if (wrong.length) { this.say(wrong.join(" "), true); return; }
    this.set = set;
    this.preset.value = "";
    this.draw(true);
  };

  VolumeExplorerElement.prototype.say = function (text, bad) {
    this.note.textContent = text;
    this.note.className = bad ? "note bad" : "note";
  };

  /** Everything anew: after a change of sizes. */
  VolumeExplorerElement.prototype.draw = function (center) {
    var q = this.set, a = layer(q), o = a.size;
    if (!o) {
      this.say(say("The window has {rows} rows and the padded input only {size}: it fits nowhere, so there is no output.", { rows: q.k, size: q.n + 2 * q.p }), true);
    } else if (a.remainder) {
      this.say(say(a.remainder === 1 ? "{room} / {stride} is not whole: {count} row and column at the far end of the padded input are never read."
        : "{room} / {stride} is not whole: {count} rows and columns at the far end of the padded input are never read.",
      { room: a.room, stride: q.s, count: a.remainder }), false);
    } else {
      this.say("", false);
    }
    this.slider.max = Math.max(0, o * o - 1);
    this.slider.disabled = o * o < 2;
    if (center) this.slider.value = o > 2 ? Math.floor(o / 3) * o + Math.floor(o / 3) : 0;
    var rows = [
      [say("One filter"), say("{count} taps + 1 bias", { count: times(q.k, q.k, q.c) }), say("{count} parameters", { count: big(a.perFilter) })],
      [say("Output volume"), o ? times(o, o, q.f) : say("none"), o ? say("{count} neurons", { count: big(a.neurons) }) : ""],
      [say("Parameters"), big(a.parameters), times(big(q.f), big(a.perFilter))],
      [say("MACs for one image"), big(a.macs), times(say("{count} places", { count: big(o * o) }), say("{count} filters", { count: big(q.f) }), say("{count} taps", { count: big(a.perFilter - 1) }))],
      [say("Without weight sharing"), say("{count} parameters", { count: big(a.unshared) }), o ? say("{count} times as many", { count: big(o * o) }) : ""]
    ];
    this.list.replaceChildren.apply(this.list, rows.map(function (row) {
      return element("div", {}, [
        element("dt", { textContent: row[0] }),
        element("dd", {}, [element("b", { textContent: row[1] }), element("span", { textContent: row[2] })])
      ]);
    }));
    this.paint();
    this.live.textContent = o ? say("Output {shape}, {parameters} parameters, {macs} multiply-accumulates.",
      { shape: times(o, o, q.f), parameters: big(a.parameters), macs: big(a.macs) }) : say("No output.");
  };

  /** Both volumes, to one scale, with the window and its column. */
  VolumeExplorerElement.prototype.paint = function () {
    var q = this.set, a = layer(q), o = a.size, at = windowAt(q, Number(this.slider.value));
    var high = Math.max(q.n + 0.4 * q.c, o + 0.4 * q.f), gap = 0.12 * high;
    var left = q.n + 0.5 * q.c + gap, wide = left + o + 0.5 * (o ? q.f : 0), edge = 0.03 * high + q.p;
    // Fronts stand on one line; backs reach up and to the right.
    var input = [0, high - q.n], output = [left, high - o];
    this.svg.setAttribute("viewBox", [-edge, -edge, wide + 2 * edge, high + 2 * edge].join(" "));
    var parts = cuboid([0, 0, 0, q.n, q.n, q.c], input, "in");
    var keys = [say("Input {shape}", { shape: times(q.n, q.n, q.c) })];
    if (o) {
      parts = parts.concat(cuboid([at.column, at.row, 0, q.k, q.k, q.c], input, "win"));
      parts = parts.concat(cuboid([0, 0, 0, o, o, q.f], output, "out"));
      parts = parts.concat(cuboid([at.j, at.i, 0, 1, 1, q.f], output, "col"));
      keys.push(say("window from row {row}, column {column}", { row: minus(at.row), column: minus(at.column) }));
      keys.push(say("output {shape}", { shape: times(o, o, q.f) }));
      keys.push(say(q.f === 1 ? "column of {count} neuron at ({row}, {column})" : "column of {count} neurons at ({row}, {column})", { count: q.f, row: at.i, column: at.j }));
      this.slider.setAttribute("aria-valuetext", say("row {row}, column {column}", { row: at.i, column: at.j }));
    }
    this.svg.setAttribute("aria-label", keys.join("; "));
    this.svg.replaceChildren.apply(this.svg, parts);
    this.keys.replaceChildren.apply(this.keys, keys.map(function (key) { return element("li", { textContent: key }); }));
  };

  root.customElements.define("volume-explorer", VolumeExplorerElement);
})(typeof self !== "undefined" ? self : this);
