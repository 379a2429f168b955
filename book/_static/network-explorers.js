/* Two components about deep networks, with a table in words as child content for readers without scripts:
   <residual-block-explorer preset="basic"> what may be added to what, and why not;
   <architecture-browser preset="resnet18"> every layer of a network: shape, parameters, multiply-accumulates, receptive field.
   A classic script without dependencies, so that it works from file://. The arithmetic is exported for tests. */
(function (root) {
  "use strict";

  // ---- arithmetic ----

  /** A text in the page's language, with values in its {gaps}. A translated book defines courseWords. */
  function say(text, values) {
    return (root.courseWords ? root.courseWords(text) : text).replace(/\{(\w+)\}/g, function (gap, name) { return values ? values[name] : gap; });
  }

  function outputSize(n, k, s, p) { return Math.floor((n + 2 * p - k) / s) + 1; }

  /** A walk through a network: rows with what each layer gives and costs. */
  function walk(channels, size) {
    return { channels: channels, size: size, field: 1, jump: 1, rows: [], stage: "" };
  }
  function put(at, name, text, parameters, macs) {
    at.rows.push({
      stage: at.stage, name: name, text: text, channels: at.channels, size: at.size,
      parameters: parameters, macs: macs, field: at.field
    });
  }
  function conv(at, name, outputs, k, s) {
    var p = (k - 1) / 2, inputs = at.channels, weights = inputs * outputs * k * k;
    at.size = outputSize(at.size, k, s, p);
    at.channels = outputs;
    at.field += (k - 1) * at.jump;
    at.jump *= s;
    put(at, name, say(s > 1 ? "{k}\u00a0\u00d7\u00a0{k} conv, stride {s}" : "{k}\u00a0\u00d7\u00a0{k} conv", { k: k, s: s }), weights, weights * at.size * at.size);
    at.rows[at.rows.length - 1].stride = s;
  }
  function norm(at, name) { put(at, name, say("batch norm"), 2 * at.channels, 0); }
  function pool(at, name, kind, k, s, p) {
    at.size = outputSize(at.size, k, s, p);
    at.field += (k - 1) * at.jump;
    at.jump *= s;
    put(at, name, say(kind === "max" ? "{k}\u00a0\u00d7\u00a0{k} max pool, stride {s}" : "{k}\u00a0\u00d7\u00a0{k} average pool, stride {s}", { k: k, s: s }), 0, 0);
  }
  function head(at, classes, name) {
    var inputs = at.channels;
    at.stage = "head";
    at.field += (at.size - 1) * at.jump;
    at.size = 1;
    put(at, "(average)", say("mean of each map"), 0, 0);
    at.channels = classes;
    put(at, name, say("linear"), inputs * classes + classes, inputs * classes);
    return at.rows;
  }

  function resnet(blocks, bottleneck) {
    return function (side) {
      var at = walk(3, side);
      at.stage = "stem";
      conv(at, "conv1", 64, 7, 2); norm(at, "bn1"); pool(at, "(maxpool)", "max", 3, 2, 1);
      blocks.forEach(function (count, index) {
        var width = 64 << index;
        at.stage = "layer" + (index + 1);
        for (var b = 0; b < count; b++) {
          var prefix = at.stage + "." + b + ".", s = index && !b ? 2 : 1;
          var side0 = { channels: at.channels, size: at.size, field: at.field, jump: at.jump, rows: [], stage: at.stage };
          if (bottleneck) {
            conv(at, prefix + "conv1", width, 1, 1); norm(at, prefix + "bn1");
            conv(at, prefix + "conv2", width, 3, s); norm(at, prefix + "bn2");
            conv(at, prefix + "conv3", 4 * width, 1, 1); norm(at, prefix + "bn3");
          } else {
            conv(at, prefix + "conv1", width, 3, s); norm(at, prefix + "bn1");
            conv(at, prefix + "conv2", width, 3, 1); norm(at, prefix + "bn2");
          }
          if (s !== 1 || side0.channels !== at.channels) {
            conv(side0, prefix + "downsample.0", at.channels, 1, s); norm(side0, prefix + "downsample.1");
            at.rows = at.rows.concat(side0.rows);
          }
          put(at, "(add)", say("F(x) + shortcut, ReLU"), 0, 0);
        }
      });
      return head(at, 1000, "fc");
    };
  }

  function densenet(blocks, growth, stem) {
    return function (side) {
      var at = walk(3, side), total = 0;
      at.stage = "stem";
      conv(at, "features.conv0", stem, 7, 2); norm(at, "features.norm0"); pool(at, "(pool0)", "max", 3, 2, 1);
      blocks.forEach(function (count, index) {
        at.stage = "denseblock" + (index + 1);
        for (var l = 0; l < count; l++) {
          var prefix = "features." + at.stage + ".denselayer" + (l + 1) + ".", inputs = at.channels;
          norm(at, prefix + "norm1"); conv(at, prefix + "conv1", 4 * growth, 1, 1);
          norm(at, prefix + "norm2"); conv(at, prefix + "conv2", growth, 3, 1);
          at.channels = inputs + growth;
          put(at, "(concatenate)", say("{inputs} maps and {growth} new ones", { inputs: inputs, growth: growth }), 0, 0);
        }
        if (index < blocks.length - 1) {
          at.stage = "transition" + (index + 1);
          norm(at, "features." + at.stage + ".norm");
          conv(at, "features." + at.stage + ".conv", at.channels / 2, 1, 1);
          pool(at, "(pool)", "average", 2, 2, 0);
        }
      });
      at.stage = "head";
      norm(at, "features.norm5");
      return head(at, 1000, "classifier");
    };
  }

  var NETWORKS = {
    resnet18: ["ResNet-18", resnet([2, 2, 2, 2], false)],
    resnet50: ["ResNet-50 (v1.5)", resnet([3, 4, 6, 3], true)],
    densenet121: ["DenseNet-121", densenet([6, 12, 24, 16], 32, 64)]
  };
  function sum(rows, key) { return rows.reduce(function (all, row) { return all + row[key]; }, 0); }

  /** The residual branch and the shortcut of one block, and whether their results can be added.
      q = {kind: basic | v1 | v1.5 | preact, shortcut: identity | A | B, c, n, w, s}. */
  function block(q) {
    var at = walk(q.c, q.n), out = q.kind === "v1" || q.kind === "v1.5" ? 4 * q.w : q.w;
    if (q.kind === "preact") {
      norm(at, "BN, ReLU"); conv(at, "3\u00a0\u00d7\u00a03", q.w, 3, q.s); norm(at, "BN, ReLU"); conv(at, "3\u00a0\u00d7\u00a03", q.w, 3, 1);
    } else if (q.kind === "basic") {
      conv(at, "3\u00a0\u00d7\u00a03", q.w, 3, q.s); norm(at, "BN, ReLU"); conv(at, "3\u00a0\u00d7\u00a03", q.w, 3, 1); norm(at, "BN");
    } else {
      var early = q.kind === "v1" ? q.s : 1, late = q.kind === "v1" ? 1 : q.s;
      conv(at, "1\u00a0\u00d7\u00a01", q.w, 1, early); norm(at, "BN, ReLU");
      conv(at, "3\u00a0\u00d7\u00a03", q.w, 3, late); norm(at, "BN, ReLU");
      conv(at, "1\u00a0\u00d7\u00a01", out, 1, 1); norm(at, "BN");
    }
    var side = walk(q.c, q.n);
    if (q.shortcut === "A") {
      side.size = outputSize(q.n, 1, q.s, 0);
      side.channels = Math.max(q.c, out);
      put(side, q.s > 1 ? say("every pixel {s} apart, zeros for new maps", { s: q.s }) : say("every pixel, zeros for new maps"), "", 0, 0);
    } else if (q.shortcut === "B") {
      conv(side, "1\u00a0\u00d7\u00a01", out, 1, q.s); norm(side, "BN");
    }
    var reasons = [];
    if (side.channels !== at.channels) reasons.push(say("F gives {f} maps, the shortcut {x}", { f: at.channels, x: side.channels }));
    if (side.size !== at.size) reasons.push(say("F’s maps are {f}\u00a0\u00d7\u00a0{f}, the shortcut’s {x}\u00a0\u00d7\u00a0{x}", { f: at.size, x: side.size }));
    return {
      branch: at.rows, side: side.rows, f: [at.channels, at.size], x: [side.channels, side.size],
      adds: !reasons.length, reasons: reasons,
      broadcasts: reasons.length > 0 && (side.channels === at.channels || side.channels === 1 || at.channels === 1) &&
        (side.size === at.size || side.size === 1 || at.size === 1),
      parameters: sum(at.rows, "parameters") + sum(side.rows, "parameters"), macs: sum(at.rows, "macs") + sum(side.rows, "macs")
    };
  }
  var BLOCKS = {
    basic: [say("Basic block, same shape"), { kind: "basic", shortcut: "identity", c: 64, n: 56, w: 64, s: 1 }],
    shrink: [say("First block of a stage, bare shortcut"), { kind: "basic", shortcut: "identity", c: 64, n: 56, w: 128, s: 2 }],
    padded: [say("The same, option A"), { kind: "basic", shortcut: "A", c: 64, n: 56, w: 128, s: 2 }],
    projected: [say("The same, option B"), { kind: "basic", shortcut: "B", c: 64, n: 56, w: 128, s: 2 }],
    bottleneck: [say("Bottleneck of ResNet-50"), { kind: "v1.5", shortcut: "B", c: 256, n: 56, w: 128, s: 2 }]
  };

  var api = {
    block: block, blocks: BLOCKS, sum: sum,
    networks: Object.keys(NETWORKS), rows: function (name, side) { return NETWORKS[name][1](side); }
  };
  if (typeof module !== "undefined" && module.exports) { module.exports = api; return; }
  root.NetworkExplorers = api;
  if (!root.customElements || root.customElements.get("architecture-browser")) return;

  // ---- what both components show with ----

  var SVG = "http://www.w3.org/2000/svg";
  var CSS = [
    ":host{display:block;font:400 .97rem/1.5 var(--c-sans,system-ui,sans-serif);color:var(--c-text,#1f2933)}",
    "*{box-sizing:border-box}",
    ".frame{position:relative;border:1px solid var(--c-line,#d9dee3);border-radius:6px;padding:1rem;background:var(--c-page,#fff)}",
    "h3{font-size:1.05rem;margin:0 0 .7rem;font-weight:650}",
    ".fields{display:flex;flex-wrap:wrap;gap:.6rem 1rem;margin:0 0 .8rem;align-items:end}",
    ".fields>div{min-width:0;max-width:100%}label{display:block;font-size:.84rem;color:var(--c-soft,#525f6c)}",
    "input[type=number],select{font:inherit;padding:.3rem .4rem;border:1px solid var(--c-control,#76828f);border-radius:4px;background:var(--c-page,#fff);color:inherit;max-width:100%}",
    "input[type=number]{width:5.6rem}input[aria-invalid=true]{border:2px solid var(--fig-red,#b3261e)}",
    ".note{margin:.2rem 0 .6rem;min-height:1.5em}.note.bad{color:var(--fig-red,#b3261e);font-weight:600}.note.good{font-weight:600}",
    "svg{display:block;width:100%;max-width:27rem;margin:.4rem auto}",
    "svg text{font-size:11.5px;fill:var(--c-text,#1f2933);text-anchor:middle;font-variant-numeric:tabular-nums}svg text.soft{fill:var(--c-soft,#525f6c);font-size:10.5px}",
    "svg rect{fill:var(--fig-blue,#0b62a8);fill-opacity:.12;stroke:var(--fig-blue,#0b62a8)}svg rect.plain{fill:var(--fig-muted,#616e7c);stroke:var(--fig-muted,#616e7c)}",
    "svg rect.side{fill:var(--fig-purple,#8b4a9c);stroke:var(--fig-purple,#8b4a9c)}",
    "svg path{fill:none;stroke:var(--fig-muted,#616e7c);stroke-width:1.3}svg circle{fill:none;stroke:var(--fig-green,#1c7a3f);stroke-width:1.6}",
    "svg .bad{stroke:var(--fig-red,#b3261e)}svg text.bad{fill:var(--fig-red,#b3261e);stroke:none}",
    "dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,11rem),1fr));gap:.6rem 1.2rem;margin:.4rem 0 .8rem}",
    "dl div{border-top:1px solid var(--c-line,#d9dee3);padding-top:.35rem}",
    "dt{font-size:.84rem;color:var(--c-soft,#525f6c)}dd{margin:0;font-variant-numeric:tabular-nums;font-weight:650;overflow-wrap:anywhere}",
    "details{border-top:1px solid var(--c-line,#d9dee3)}summary{cursor:pointer;position:relative;padding:.45rem .2rem .45rem 1.3rem;display:flex;flex-wrap:wrap;gap:.1rem .8rem;font-variant-numeric:tabular-nums}",
    "@media (min-width:44rem){summary{display:grid;grid-template-columns:7.2rem 8.2rem 8.8rem 8.2rem 1fr;column-gap:.5rem}summary b{overflow-wrap:normal}summary span{white-space:nowrap}.bars{grid-column:1/-1}}summary b{min-width:4.4rem;font-weight:650}summary span{font-size:.76rem;color:var(--c-soft,#525f6c)}summary::before{content:'\\25B8';position:absolute;left:.2rem}details[open]>summary::before{content:'\\25BE'}",
    ".bars{flex-basis:100%;margin-top:.25rem;display:grid;grid-template-columns:1fr 1fr;gap:.6rem}.bars i{display:block;height:.35rem;border-radius:2px;background:var(--fig-blue,#0b62a8);min-width:1px}.bars i.macs{background:var(--fig-orange,#b4540a)}",
    ".scroll{overflow-x:auto;margin:.2rem 0 .8rem;background:linear-gradient(to right,var(--c-page,#fff) 40%,transparent) left/2.5rem 100% no-repeat local,linear-gradient(to left,var(--c-page,#fff) 40%,transparent) right/2.5rem 100% no-repeat local,linear-gradient(to right,var(--c-line,#d9dee3),transparent) left/.9rem 100% no-repeat,linear-gradient(to left,var(--c-line,#d9dee3),transparent) right/.9rem 100% no-repeat}",
    "table{border-collapse:collapse;font-size:.84rem;font-variant-numeric:tabular-nums;width:100%}",
    "th,td{padding:.2rem .5rem;text-align:right;border-bottom:1px solid var(--c-line,#d9dee3);white-space:nowrap}th:first-child,td:first-child,th:nth-child(2),td:nth-child(2){text-align:left;white-space:normal}td:first-child{overflow-wrap:anywhere;min-width:6.5rem}td:nth-child(2){min-width:8rem}",
    "th{font-weight:600;color:var(--c-soft,#525f6c)}",
    ".keys{font-size:.86rem;color:var(--c-soft,#525f6c);margin:.4rem 0 0}.key{display:inline-block;width:.8rem;height:.5rem;border-radius:2px;margin-right:.3rem;background:var(--fig-blue,#0b62a8)}.key.macs{background:var(--fig-orange,#b4540a)}",
    ":focus-visible{outline:3px solid var(--c-accent,#0b62a8);outline-offset:2px}",
    "@media (max-width:30rem){.frame{padding:.75rem}.fields{gap:.5rem .75rem}}",
    "@media print{.fields{display:none}}"
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
  function big(value) { return value.toLocaleString(document.documentElement.lang || "en"); }
  function volume(channels, size) { return channels + "\u00a0\u00d7\u00a0" + size + "\u00a0\u00d7\u00a0" + size; }
  function choice(id, label, options, chosen) {
    var select = element("select", { id: id });
    options.forEach(function (option) { select.append(element("option", { value: option[0], textContent: option[1] })); });
    select.value = chosen;
    return { control: select, box: element("div", {}, [element("label", { htmlFor: id, textContent: label }), select]) };
  }
  function number(id, label, low, high, value) {
    var input = element("input", { type: "number", id: id, min: low, max: high, step: 1, value: value, inputMode: "numeric" });
    return {
      control: input, label: label, low: low, high: high,
      box: element("div", {}, [element("label", { htmlFor: id, textContent: label }), input])
    };
  }
  /** The number in a field, or a sentence that says what it must be. */
  function read(field) {
    var value = Number(field.control.value);
    var good = field.control.value.trim() !== "" && Number.isInteger(value) && value >= field.low && value <= field.high;
    field.control.setAttribute("aria-invalid", String(!good));
    return good ? value : say("{field} is a whole number from {low} to {high}.", { field: field.label, low: field.low, high: field.high });
  }
  function define(tag, connected, methods) {
    function Made() { return Reflect.construct(HTMLElement, [], Made); }
    Made.prototype = Object.create(HTMLElement.prototype);
    Made.prototype.constructor = Made;
    Object.setPrototypeOf(Made, HTMLElement);
    Made.prototype.connectedCallback = function () { if (!this.shadowRoot && !(window.courseLater && window.courseLater(this))) connected.call(this); };
    Object.assign(Made.prototype, methods);
    root.customElements.define(tag, Made);
  }
  function frame(host, id, title, children) {
    host.attachShadow({ mode: "open" }).append(element("style", { textContent: CSS }), element("div", {
      className: "frame", role: "group", "aria-labelledby": id
    }, [element("h3", { id: id, textContent: title })].concat(children)));
  }
  var made = 0;

  // ---- the residual block ----

  define("residual-block-explorer", function () {
    var self = this, id = "rb" + (++made), named = this.getAttribute("preset");
    named = BLOCKS[named] ? named : "basic";
    this.preset = choice(id + "preset", say("Start from"), Object.keys(BLOCKS).map(function (key) { return [key, BLOCKS[key][0]]; }).concat([["", say("your own")]]), named);
    this.kind = choice(id + "kind", say("Block"), [["basic", say("basic")], ["v1", say("bottleneck v1")], ["v1.5", say("bottleneck v1.5")], ["preact", say("pre-activation")]], "basic");
    this.shortcut = choice(id + "cut", say("Shortcut"), [["identity", say("identity")], ["A", say("A: stride and zeros")], ["B", say("B: 1\u00a0\u00d7\u00a01 projection")]], "identity");
    this.numbers = {
      c: number(id + "c", say("Input maps"), 1, 2048, 64), n: number(id + "n", say("Height and width"), 1, 224, 56),
      w: number(id + "w", say("Width of the block"), 1, 512, 64), s: number(id + "s", say("Stride"), 1, 4, 1)
    };
    this.note = element("p", { className: "note", role: "status" });
    this.svg = shape("svg", { role: "img" });
    this.list = element("dl");
    frame(this, id + "title", say("Try it: can these be added?"), [
      element("div", { className: "fields", role: "group", "aria-label": say("The block") }, [this.preset.box, this.kind.box, this.shortcut.box].concat(
        Object.keys(this.numbers).map(function (key) { return self.numbers[key].box; }))),
      this.note, this.svg, this.list
    ]);
    this.preset.control.addEventListener("change", function () { if (self.preset.control.value) self.fill(); });
    [this.kind.control, this.shortcut.control].concat(Object.keys(this.numbers).map(function (key) { return self.numbers[key].control; })).forEach(function (control) {
      control.addEventListener("input", function () { self.preset.control.value = ""; self.draw(); });
    });
    this.fill();
  }, {
    fill: function () {
      var q = BLOCKS[this.preset.control.value][1], numbers = this.numbers;
      this.kind.control.value = q.kind;
      this.shortcut.control.value = q.shortcut;
      Object.keys(numbers).forEach(function (key) { numbers[key].control.value = q[key]; });
      this.draw();
    },
    draw: function () {
      var q = { kind: this.kind.control.value, shortcut: this.shortcut.control.value }, wrong = [], numbers = this.numbers;
      Object.keys(numbers).forEach(function (key) {
        q[key] = read(numbers[key]);
        if (typeof q[key] === "string") wrong.push(q[key]);
      });
      if (wrong.length) { this.note.className = "note bad"; this.note.textContent = wrong.join(" "); return; }
      var b = block(q), said = b.adds
        ? say("They add: both are {shape}.", { shape: volume(b.f[0], b.f[1]) })
        : say("They do not add: {reasons}.", { reasons: b.reasons.join("; ") }) +
          (b.broadcasts ? " " + say("NumPy would stretch the smaller one without a word, and the result would be wrong.") : "");
      this.note.className = b.adds ? "note good" : "note bad";
      this.note.textContent = said;
      this.paint(q, b);
      var branch = b.branch.map(function (row) { return say("{layer} gives {shape}", { layer: row.name, shape: volume(row.channels, row.size) }); }).join(", ");
      var side = b.side.length ? b.side.map(function (row) { return row.name; }).join(", ") : say("identity");
      this.svg.setAttribute("aria-label", say("F: {branch}. Shortcut: {side}, gives {shape}.", { branch: branch, side: side, shape: volume(b.x[0], b.x[1]) }) + " " + said);
      this.list.replaceChildren.apply(this.list, [
        [say("Parameters"), big(b.parameters)], [say("Multiply-accumulates"), big(b.macs)],
        [say("of which on the shortcut"), big(sum(b.side, "macs"))]
      ].map(function (pair) { return element("div", {}, [element("dt", { textContent: pair[0] }), element("dd", { textContent: pair[1] })]); }));
    },
    paint: function (q, b) {
      var parts = [], step = 40, y = 34, left = 112, right = 282, high = 26;
      function strided(row) { return row.stride > 1 ? say("{layer}, stride {s}", { layer: row.name, s: row.stride }) : row.name; }
      function box(x, top, kind, name, after) {
        parts.push(shape("rect", { x: x - 78, y: top, width: 156, height: high, rx: 4, class: kind }));
        parts.push(shape("text", { x: x, y: top + 17 }, name));
        if (after) parts.push(shape("text", { x: x, y: top + high + 11, class: "soft" }, after));
      }
      parts.push(shape("text", { x: 197, y: 14 }, "x: " + volume(q.c, q.n)));
      parts.push(shape("path", { d: "M197,19 V26 H" + left + " V" + y + " M197,26 H" + right }));
      b.branch.forEach(function (row) {
        box(left, y, row.macs ? "" : "plain", strided(row), row.macs ? volume(row.channels, row.size) : "");
        y += row.macs ? step + 4 : high + 8;
        parts.push(shape("path", { d: "M" + left + "," + (y - (row.macs ? 4 : 8)) + " V" + y }));
      });
      var bottom = y + 18, top = 60;
      parts.push(shape("path", { d: "M" + right + ",26 V" + (b.side.length ? top : bottom) }));
      b.side.forEach(function (row) {
        box(right, top, row.macs || !row.parameters ? "side" : "plain", q.shortcut === "A" ? say("A: stride, zeros") : strided(row), "");
        top += high + 10;
        parts.push(shape("path", { d: "M" + right + "," + (top - 10) + " V" + (top) }));
      });
      parts.push(shape("path", { d: "M" + right + "," + top + " V" + bottom + " H208 M" + left + "," + y + " V" + bottom + " H186" }));
      parts.push(shape("text", { x: right, y: bottom + 15, class: b.adds ? "soft" : "bad" }, volume(b.x[0], b.x[1])));
      parts.push(shape("text", { x: left, y: bottom + 15, class: b.adds ? "soft" : "bad" }, volume(b.f[0], b.f[1])));
      parts.push(shape("circle", { cx: 197, cy: bottom, r: 11, class: b.adds ? "" : "bad" }));
      parts.push(shape("text", { x: 197, y: bottom + 4.5, class: b.adds ? "" : "bad" }, b.adds ? "+" : "\u2260"));
      if (b.adds) {
        parts.push(shape("path", { d: "M197," + (bottom + 11) + " V" + (bottom + 24) }));
        parts.push(shape("text", { x: 197, y: bottom + 37 }, say(q.kind === "preact" ? "out: {shape}" : "ReLU, out: {shape}", { shape: volume(b.f[0], b.f[1]) })));
      }
      this.svg.setAttribute("viewBox", "28 0 338 " + (bottom + 44));
      this.svg.replaceChildren.apply(this.svg, parts);
    }
  });

  // ---- the architecture browser ----

  define("architecture-browser", function () {
    var self = this, id = "ab" + (++made), named = this.getAttribute("preset");
    this.network = choice(id + "net", say("Network"), Object.keys(NETWORKS).map(function (key) { return [key, NETWORKS[key][0]]; }), NETWORKS[named] ? named : "resnet18");
    this.side = number(id + "side", say("Picture’s side"), 32, 512, 224);
    this.note = element("p", { className: "note", role: "status" });
    this.list = element("dl");
    this.stages = element("div");
    frame(this, id + "title", say("Try it: every layer of a network"), [
      element("div", { className: "fields", role: "group", "aria-label": say("What to show") }, [this.network.box, this.side.box]),
      this.note, this.list, this.stages,
      element("p", { className: "keys" }, [
        element("span", { className: "key" }), say("share of the parameters") + "\u2003", element("span", { className: "key macs" }), say("share of the multiply-accumulates (MACs). Receptive field: pixels along one side of the picture, borders ignored.")
      ])
    ]);
    [this.network.control, this.side.control].forEach(function (control) {
      control.addEventListener("input", function () { self.draw(); });
    });
    this.draw();
  }, {
    draw: function () {
      var side = read(this.side), name = this.network.control.value;
      if (typeof side === "string") { this.note.className = "note bad"; this.note.textContent = side; return; }
      var rows = NETWORKS[name][1](side), parameters = sum(rows, "parameters"), macs = sum(rows, "macs");
      var learned = rows.filter(function (row) { return row.macs && row.name.indexOf("downsample") < 0; }).length;
      this.note.className = "note";
      this.note.textContent = say("{network} on {shape}: {parameters} parameters, {macs} multiply-accumulates.",
        { network: NETWORKS[name][0], shape: volume(3, side), parameters: big(parameters), macs: big(macs) });
      this.list.replaceChildren.apply(this.list, [
        [say("Parameters"), big(parameters)], [say("Multiply-accumulates"), big(macs)], [say("Layers with weights, shortcuts apart"), String(learned)]
      ].map(function (pair) { return element("div", {}, [element("dt", { textContent: pair[0] }), element("dd", { textContent: pair[1] })]); }));
      var order = [], groups = {}, opened = {};
      Array.prototype.forEach.call(this.stages.children, function (stage) { opened[stage.dataset.stage] = stage.open; });
      rows.forEach(function (row) {
        if (!groups[row.stage]) { groups[row.stage] = []; order.push(row.stage); }
        groups[row.stage].push(row);
      });
      this.stages.replaceChildren.apply(this.stages, order.map(function (stage) {
        var own = groups[stage], last = own[own.length - 1], p = sum(own, "parameters"), m = sum(own, "macs");
        function table() { return element("table", {}, [
          element("caption", { textContent: say("{stage}, layer by layer", { stage: stage }), hidden: true }),
          element("thead", {}, [element("tr", {}, [say("layer"), say("what"), say("output"), say("parameters"), say("MACs"), say("field")].map(function (text) {
            return element("th", { scope: "col", textContent: text });
          }))]),
          element("tbody", {}, own.map(function (row) {
            return element("tr", {}, [row.name, row.text, row.size > 1 ? volume(row.channels, row.size) : String(row.channels), row.parameters ? big(row.parameters) : "", row.macs ? big(row.macs) : "", String(row.field)].map(function (text) {
              return element("td", { textContent: text });
            }));
          }))
        ]); }
        var made = element("details", { open: !!opened[stage] }, [
          element("summary", {}, [
            element("b", { textContent: stage }),
            element("span", { textContent: last.size > 1 ? say("gives {shape}", { shape: volume(last.channels, last.size) }) : say("gives {count} numbers", { count: last.channels }) }),
            element("span", { textContent: say("{count} parameters", { count: big(p) }) }), element("span", { textContent: say("{count} MACs", { count: big(m) }) }), element("span", { textContent: say("field {size}", { size: last.field }) }),
            element("div", { className: "bars" }, [
              element("i", { style: "width:" + (100 * p / parameters).toFixed(1) + "%" }), element("i", { className: "macs", style: "width:" + (100 * m / macs).toFixed(1) + "%" })
            ])
          ]),
          element("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": say("{stage}, layer by layer", { stage: stage }) })
        ]);
        // DenseNet-121 has four hundred rows: a stage's are made when it is opened.
        function fill() { if (made.open && !made.lastChild.firstChild) made.lastChild.append(table()); }
        fill();
        made.addEventListener("toggle", fill);
        made.dataset.stage = stage;
        return made;
      }));
    }
  });
})(typeof self !== "undefined" ? self : this);
