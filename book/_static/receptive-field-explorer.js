/* What one unit sees through a stack of layers: <receptive-field-explorer preset="vgg16">table without scripts</receptive-field-explorer>.
   A classic script without dependencies, so that it works from file://. The arithmetic is exported for tests under node. */
(function (root) {
  "use strict";

  /** Field, jump and the first pixel's offset after each layer; a layer is [k, s, d]. Index 0 is the image itself. */
  function grow(layers) {
    var steps = [{ field: 1, jump: 1 }];
    layers.forEach(function (layer) {
      var last = steps[steps.length - 1];
      steps.push({ field: last.field + layer[2] * (layer[0] - 1) * last.jump, jump: last.jump * layer[1] });
    });
    return steps;
  }

  /** For each pixel of the field, the share of all paths from it to the unit, along one axis. */
  function paths(layers) {
    var now = [1];
    for (var l = layers.length - 1; l >= 0; l--) {
      var k = layers[l][0], s = layers[l][1], d = layers[l][2];
      // Each unit reads k units of the layer before it, from s times its own place on.
      var next = new Array((now.length - 1) * s + d * (k - 1) + 1).fill(0);
      for (var i = 0; i < now.length; i++) for (var u = 0; u < k; u++) next[i * s + u * d] += now[i] / k;
      now = next;
    }
    return now;
  }

  /** How many pixels around the middle hold at least `share` of all paths. */
  function width(profile, share) {
    var low = Math.floor((profile.length - 1) / 2), high = Math.ceil((profile.length - 1) / 2);
    var held = 0;
    for (var i = low; i <= high; i++) held += profile[i];
    while (held < share - 1e-12 && low > 0) held += profile[--low] + profile[++high];
    return high - low + 1;
  }

  function repeat(times, layers) {
    var all = [];
    for (var i = 0; i < times; i++) all = all.concat(layers);
    return all;
  }
  function bottlenecks(count, stride) {
    return [[1, stride, 1], [3, 1, 1], [1, 1, 1]].concat(repeat(count - 1, [[1, 1, 1], [3, 1, 1], [1, 1, 1]]));
  }
  /** A text in the page's language, with values in its {gaps}. A translated book defines courseWords. */
  function say(text, values) {
    return (root.courseWords ? root.courseWords(text) : text).replace(/\{(\w+)\}/g, function (gap, name) { return values ? values[name] : gap; });
  }

  var C = [3, 1, 1], P = [2, 2, 1], STEM = [[7, 2, 1], [3, 2, 1]];
  var PRESETS = {
    three: [say("Five layers of 3 × 3"), repeat(5, [C])],
    dilated: [say("3 × 3, dilation 1, 2, 4, 8"), [[3, 1, 1], [3, 1, 2], [3, 1, 4], [3, 1, 8]]],
    alexnet: ["AlexNet", [[11, 4, 1], [3, 2, 1], [5, 1, 1], [3, 2, 1], C, C, C, [3, 2, 1]]],
    vgg16: [say("VGG-16, to pool5"), repeat(2, [C, C, P]).concat(repeat(3, [C, C, C, P]))],
    resnet18: [say("ResNet-18, no shortcuts"), STEM.concat(repeat(4, [C]), repeat(3, [[3, 2, 1], C, C, C]))],
    resnet50: [say("ResNet-50 v1, no shortcuts"), STEM.concat(bottlenecks(3, 1), bottlenecks(4, 2), bottlenecks(6, 2), bottlenecks(3, 2))]
  };

  var api = { grow: grow, paths: paths, width: width, presets: PRESETS };
  if (typeof module !== "undefined" && module.exports) { module.exports = api; return; }
  root.ReceptiveFieldExplorer = api;
  if (!root.customElements || root.customElements.get("receptive-field-explorer")) return;

  var IMAGE = 224, SHARE = 0.95, MOST = 60, WIDEST = 2000;
  var FIELDS = [["k", say("Kernel size k"), 1, 11, 3], ["s", say("Stride s"), 1, 4, 1], ["d", say("Dilation d"), 1, 16, 1]];
  var SVG = "http://www.w3.org/2000/svg";
  var CSS = [
    ":host{display:block;font:400 .97rem/1.5 var(--c-sans,system-ui,sans-serif);color:var(--c-text,#1f2933)}",
    "*{box-sizing:border-box}",
    ".frame{position:relative;border:1px solid var(--c-line,#d9dee3);border-radius:6px;padding:1rem;background:var(--c-page,#fff)}",
    "h3{font-size:1.05rem;margin:0 0 .7rem;font-weight:650}",
    ".fields{display:flex;flex-wrap:wrap;gap:.6rem 1rem;margin:0 0 .8rem;align-items:end}",
    "label{display:block;font-size:.84rem;color:var(--c-soft,#525f6c)}",
    "input[type=number],select{font:inherit;padding:.3rem .4rem;border:1px solid var(--c-control,#76828f);border-radius:4px;background:var(--c-page,#fff);color:inherit;max-width:100%}",
    "input[type=number]{width:5rem}input[type=range]{width:100%;max-width:26rem;accent-color:var(--c-accent,#0b62a8)}",
    "input[aria-invalid=true]{border:2px solid var(--fig-red,#b3261e)}",
    "button{font:inherit;font-weight:600;min-height:2.25rem;padding:.25rem .85rem;border:1px solid var(--c-control,#76828f);border-radius:5px;background:var(--c-page,#fff);color:inherit;cursor:pointer}",
    "button:hover:not(:disabled){border-color:var(--c-accent,#0b62a8);color:var(--c-accent,#0b62a8)}button:disabled{opacity:.5;cursor:not-allowed}",
    ".note{margin:.2rem 0 .4rem;min-height:1.5em;font-variant-numeric:tabular-nums}.note.bad{color:var(--fig-red,#b3261e);font-weight:600}",
    ".stack{display:flex;flex-wrap:wrap;gap:.1rem .35rem;margin:.3rem 0 .7rem;padding:0;list-style:none;font-size:.88rem;font-variant-numeric:tabular-nums}",
    ".stack li{color:var(--c-soft,#525f6c);white-space:nowrap}.stack li+li::before{content:'→ ' / '';color:var(--c-soft,#525f6c);font-weight:400}",
    ".stack li.used{color:inherit;font-weight:650}",
    "svg{display:block;width:100%;max-width:30rem;margin:.4rem auto}",
    ".picture{fill:var(--fig-muted,#616e7c);fill-opacity:.1;stroke:var(--fig-muted,#616e7c)}",
    ".sky{fill:var(--fig-muted,#616e7c);fill-opacity:.28}",
    ".field{fill:var(--fig-blue,#0b62a8);fill-opacity:.18;stroke:var(--fig-blue,#0b62a8)}",
    ".core{fill:none;stroke:var(--fig-orange,#b4540a);stroke-dasharray:4 3}",
    ".curve{fill:var(--fig-orange,#b4540a);fill-opacity:.35;stroke:var(--fig-orange,#b4540a)}",
    ".flat{fill:none;stroke:var(--fig-blue,#0b62a8)}",
    "rect,path{stroke-width:1.4;vector-effect:non-scaling-stroke}",
    ".keys{font-size:.86rem;color:var(--c-soft,#525f6c);margin:0;padding-left:1.2rem}",
    ".live{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}",
    ":focus-visible{outline:3px solid var(--c-accent,#0b62a8);outline-offset:2px}",
    "@media (max-width:30rem){.frame{padding:.75rem}.fields{gap:.5rem .75rem}}",
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
  function shape(name, attributes) {
    var made = document.createElementNS(SVG, name);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    return made;
  }
  function label(layer) {
    return layer[0] + " \u00d7 " + layer[0] + (layer[1] > 1 ? " s" + layer[1] : "") + (layer[2] > 1 ? " d" + layer[2] : "");
  }

  var made = 0;
  function ReceptiveFieldElement() { return Reflect.construct(HTMLElement, [], ReceptiveFieldElement); }
  ReceptiveFieldElement.prototype = Object.create(HTMLElement.prototype);
  ReceptiveFieldElement.prototype.constructor = ReceptiveFieldElement;
  Object.setPrototypeOf(ReceptiveFieldElement, HTMLElement);

  ReceptiveFieldElement.prototype.connectedCallback = function () {
    if (this.shadowRoot || (window.courseLater && window.courseLater(this))) return;
    var self = this, id = "rf" + (++made), named = this.getAttribute("preset");
    named = PRESETS[named] ? named : "vgg16";
    this.layers = PRESETS[named][1].slice();
    this.inputs = {};
    this.preset = element("select", { id: id + "preset" });
    Object.keys(PRESETS).forEach(function (key) {
      self.preset.append(element("option", { value: key, textContent: PRESETS[key][0] }));
    });
    this.preset.append(element("option", { value: "", textContent: say("your own") }));
    this.preset.value = named;
    this.preset.addEventListener("change", function () {
      self.layers = self.preset.value ? PRESETS[self.preset.value][1].slice() : [];
      self.draw(true);
    });
    var fields = element("div", { className: "fields", role: "group", "aria-label": say("Layers") }, [
      element("div", {}, [element("label", { htmlFor: id + "preset", textContent: say("Start from") }), this.preset])
    ]);
    FIELDS.forEach(function (field) {
      var input = element("input", {
        type: "number", id: id + field[0], min: field[2], max: field[3], step: 1, value: field[4], inputMode: "numeric"
      });
      self.inputs[field[0]] = input;
      fields.append(element("div", {}, [element("label", { htmlFor: id + field[0], textContent: field[1] }), input]));
    });
    this.add = element("button", { type: "button", textContent: say("Add this layer") });
    this.add.addEventListener("click", function () { self.push(); });
    this.drop = element("button", { type: "button", textContent: say("Remove the last") });
    this.drop.addEventListener("click", function () { self.layers.pop(); self.preset.value = ""; self.draw(true); });
    fields.append(this.add, this.drop);
    this.note = element("p", { className: "note", role: "status" });
    this.stack = element("ol", { className: "stack", "aria-label": say("Layers, first to last") });
    this.slider = element("input", { type: "range", id: id + "upto", min: 0, step: 1 });
    this.slider.addEventListener("input", function () { self.paint(); });
    this.svg = shape("svg", { role: "img" });
    this.keys = element("ul", { className: "keys" }, [
      element("li", { textContent: say("Gray: a picture of 224 × 224 pixels. Blue square: the receptive field, every pixel that can matter.") }),
      element("li", { textContent: say("Orange curve: the share of paths from each column to the unit, with equal taps. Dashed: the middle columns that hold 95 % of them, and rows likewise.") }),
      element("li", { textContent: say("Blue line across the curve: the share of a column, if all had the same.") })
    ]);
    var shadow = this.attachShadow({ mode: "open" });
    shadow.append(element("style", { textContent: CSS }), element("div", {
      className: "frame", role: "group", "aria-labelledby": id + "title"
    }, [
      element("h3", { id: id + "title", textContent: say("Try it: how far does a unit see?") }),
      fields, this.stack,
      element("div", { className: "slide" }, [
        element("label", { htmlFor: id + "upto", textContent: say("Look from after layer") }), this.slider
      ]),
      this.note, this.svg, this.keys
    ]));
    this.draw(true);
  };

  /** Adds the layer in the fields, unless a field is out of range or the field would outgrow the drawing. */
  ReceptiveFieldElement.prototype.push = function () {
    var self = this, wrong = [];
    var layer = FIELDS.map(function (field) {
      var input = self.inputs[field[0]], value = Number(input.value);
      var good = input.value.trim() !== "" && Number.isInteger(value) && value >= field[2] && value <= field[3];
      input.setAttribute("aria-invalid", String(!good));
      if (!good) wrong.push(say("{field} is a whole number from {low} to {high}.", { field: field[1], low: field[2], high: field[3] }));
      return value;
    });
    if (!wrong.length && grow(this.layers.concat([layer])).pop().field > WIDEST) wrong.push(say("The field would be wider than {count} pixels.", { count: WIDEST }));
    if (!wrong.length && this.layers.length >= MOST) wrong.push(say("No more than {count} layers.", { count: MOST }));
    if (wrong.length) { this.say(wrong.join(" "), true); return; }
    this.layers.push(layer);
    this.preset.value = "";
    this.draw(true);
  };

  ReceptiveFieldElement.prototype.say = function (text, bad) {
    this.note.textContent = text;
    this.note.className = bad ? "note bad" : "note";
  };

  ReceptiveFieldElement.prototype.draw = function (toEnd) {
    this.slider.max = this.layers.length;
    this.slider.disabled = !this.layers.length;
    this.drop.disabled = !this.layers.length;
    if (toEnd) this.slider.value = this.layers.length;
    this.stack.replaceChildren.apply(this.stack, this.layers.map(function (layer) {
      return element("li", { textContent: label(layer) });
    }));
    this.paint();
  };

  /** The picture, the field in its middle, and the profile of paths below. */
  ReceptiveFieldElement.prototype.paint = function () {
    var upto = Number(this.slider.value), used = this.layers.slice(0, upto);
    var now = grow(used).pop(), profile = paths(used), core = width(profile, SHARE);
    Array.prototype.forEach.call(this.stack.children, function (item, l) { item.className = l < upto ? "used" : ""; });
    var wide = Math.max(IMAGE, now.field) * 1.06, high = wide + 0.34 * wide, middle = wide / 2;
    this.svg.setAttribute("viewBox", "0 0 " + wide + " " + high);
    function square(size, kind) {
      return shape("rect", { x: middle - size / 2, y: middle - size / 2, width: size, height: size, class: kind });
    }
    var top = middle - IMAGE / 2, left = top, peak = Math.max.apply(null, profile), base = high - 0.02 * wide;
    var hills = "M" + left + "," + (top + 170) + " l60,-70 l35,40 l50,-80 l79,85 v79 h-224 z";
    var d = "M" + (middle - now.field / 2) + "," + base;
    profile.forEach(function (share, i) {
      var y = (base - 0.26 * wide * share / peak).toFixed(2), x = middle - now.field / 2 + i;
      d += " L" + x.toFixed(2) + "," + y + " L" + (x + 1).toFixed(2) + "," + y;
    });
    d += " L" + (middle + now.field / 2) + "," + base + " Z";
    var flat = base - 0.26 * wide / now.field / peak;
    this.svg.replaceChildren(
      square(IMAGE, "picture"), shape("path", { d: hills, class: "sky" }), square(now.field, "field"), square(core, "core"),
      shape("path", { d: d, class: "curve" }),
      shape("path", { d: "M" + (middle - now.field / 2) + "," + flat + " h" + now.field, class: "flat" })
    );
    var place = upto ? say("After layer {number} ({layer})", { number: upto, layer: label(used[upto - 1]) }) : say("No layer");
    var text = say("{place}: field {field}, jump {jump}; 95 % of the paths within {core}.", { place: place, field: now.field, jump: now.jump, core: core });
    this.say(text, false);
    this.svg.setAttribute("aria-label", text + (now.field > IMAGE ? " " + say("The field is wider than the picture.") : ""));
    this.slider.setAttribute("aria-valuetext", upto ? upto + ", " + label(used[upto - 1]) : say("0, the image"));
  };

  root.customElements.define("receptive-field-explorer", ReceptiveFieldElement);
})(typeof self !== "undefined" ? self : this);
