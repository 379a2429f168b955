/* The interactive convolution: <conv-playground n="7" k="3" p="1" s="2" d="1">text for readers without scripts</conv-playground>.
   One module through the book. Attributes: n, k, p, s, d, q, c, f, op, m, flip, include; x, w and b ("1,2;3,4|5,6;7,8", planes
   apart by |) replace the drawn values. features names what a chapter adds: modes, paint, channels, pool, photo.
   A photograph is the reader's own. It is read here and goes nowhere: the address holds the pixels in the grid alone.
   The address keeps what a reader sets: ?play1=k5_p2_x1,2,3… is the first playground of the page, and all else is the page's.
   A classic script without dependencies, so that it works from file://. The arithmetic is exported for tests under node. */
(function (root) {
  "use strict";

  /** A text in the page's language, with values in its {gaps}. A translated book defines courseWords. */
  function say(text, values) {
    return (root.courseWords ? root.courseWords(text) : text).replace(/\{(\w+)\}/g, function (gap, name) { return values ? values[name] : gap; });
  }

  var OPERATIONS = {
    conv: say("Convolution"), paint: say("Transposed: each pixel paints"), spread: say("Transposed: zeros between"),
    max: say("Max pooling"), average: say("Average pooling")
  };
  var MODES = { zeros: say("Zeros"), reflect: say("Reflect"), replicate: say("Replicate"), circular: say("Circular") };
  var FIELDS = [
    ["n", say("Input size n"), 1, 12], ["k", say("Kernel size k"), 1, 7], ["p", say("Padding p"), 0, 4], ["s", say("Stride s"), 1, 5],
    ["d", say("Dilation d"), 1, 4], ["q", say("Output padding"), 0, 4], ["c", say("Channels"), 1, 3], ["f", say("Filters"), 1, 3]
  ];
  var START = { op: "conv", m: "zeros", n: 4, k: 3, p: 0, s: 1, d: 1, q: 0, c: 1, f: 1, flip: false, include: true };
  var LARGEST = 999;
  var LONGEST = 192;  // the longer side of a photograph, in pixels: seven taps on three channels are still answered at once

  function transposed(q) { return q.op === "paint" || q.op === "spread"; }
  function pools(q) { return q.op === "max" || q.op === "average"; }
  function dilation(q) { return q.op === "average" ? 1 : q.d; }

  /** Which input index position r of the padded axis holds, -1 for a zero (in max pooling: for -infinity), and how it came there. */
  function axis(q) {
    var pad = q.op === "spread" ? q.d * (q.k - 1) - q.p : q.p, gap = q.op === "spread" ? q.s : 1;
    var length = (q.n - 1) * gap + 1 + (q.op === "spread" ? q.q : 0) + 2 * pad, found = [];
    for (var r = 0; r < length; r++) {
      var t = r - pad, within = t >= 0 && t <= (q.n - 1) * gap;
      if (within) found.push({ from: t % gap ? -1 : t / gap, kind: t % gap ? "between" : "value" });
      else found.push({ from: q.op === "conv" ? invented(t, q.n, q.m) : -1, kind: "pad" });
    }
    return found;
  }
  /** The index that a padding mode copies position t from, outside of 0 … n - 1. */
  function invented(t, n, mode) {
    if (mode === "replicate") return t < 0 ? 0 : n - 1;
    if (mode === "circular") return ((t % n) + n) % n;
    if (mode === "reflect") return t < 0 ? -t : 2 * (n - 1) - t;
    return -1;
  }

  /** The size of the output, 0 with a problem in words where there is none; and what the division by the stride leaves. */
  function fit(q) {
    var reach = dilation(q) * (q.k - 1) + 1, problem = "";
    if (transposed(q)) {
      var size = (q.n - 1) * q.s + reach + q.q - 2 * q.p;
      if (q.q >= Math.max(q.s, q.d)) problem = say("The output padding is smaller than the stride or the dilation: at most {most} here.", { most: Math.max(q.s, q.d) - 1 });
      else if (size < 1) problem = say("The padding crops all of the {rows} painted rows: no output is left.", { rows: size + 2 * q.p });
      return { size: problem ? 0 : size, room: 0, remainder: 0, problem: problem };
    }
    var room = q.n + 2 * q.p - reach;
    if (q.op === "conv" && q.m === "reflect" && q.p > q.n - 1) problem = say("Reflect does not repeat the border, so p is at most n \u2212 1 = {most}.", { most: q.n - 1 });
    else if (q.op === "conv" && q.m === "circular" && q.p > q.n) problem = say("Circular goes around once, so p is at most n = {n}.", { n: q.n });
    else if (pools(q) && q.p > q.k / 2) problem = say("Pooling pads by half the window at most: p is at most {most} here.", { most: Math.floor(q.k / 2) });
    else if (room < 0) problem = say("The window covers {cells} and the padded input has only {size}: it fits nowhere, so there is no output.",
      { cells: counted(reach, say("{count} cell"), say("{count} cells")), size: q.n + 2 * q.p });
    return { size: problem ? 0 : Math.floor(room / q.s) + 1, room: room, remainder: problem ? 0 : room % q.s, problem: problem };
  }

  /** What output (i, j) of filter f reads: row and column on the padded axes, the value and its tap. */
  function terms(q, x, w, f, i, j) {
    var line = axis(q), step = q.op === "spread" ? 1 : q.s, d = dilation(q), found = [];
    var turn = q.op === "spread" || (q.op === "conv" && q.flip), edge = q.op === "max" ? -Infinity : 0;
    for (var c = 0; c < x.length; c++) {
      for (var u = 0; u < q.k; u++) {
        for (var v = 0; v < q.k; v++) {
          var row = i * step + u * d, column = j * step + v * d, a = line[row].from, b = line[column].from;
          var read = a >= 0 && b >= 0;
          found.push({
            c: c, u: u, v: v, row: row, column: column, inside: line[row].kind === "value" && line[column].kind === "value",
            x: read ? x[c][a][b] : edge,
            w: pools(q) ? 1 : turn ? w[f][c][q.k - 1 - u][q.k - 1 - v] : w[f][c][u][v]
          });
        }
      }
    }
    return found;
  }

  /** What input pixel (i, j) paints: the cells of the output with the products that are added there. */
  function paints(q, x, w, i, j) {
    var size = fit(q).size, found = [];
    for (var u = 0; u < q.k; u++) {
      for (var v = 0; v < q.k; v++) {
        var row = i * q.s + u * q.d - q.p, column = j * q.s + v * q.d - q.p;
        found.push({
          row: row, column: column, x: x[0][i][j], w: w[0][0][u][v], u: u, v: v,
          inside: row >= 0 && row < size && column >= 0 && column < size
        });
      }
    }
    return found;
  }

  /** Rounded to six decimals, so that typed fractions do not show the noise of binary arithmetic. */
  function rounded(value) { return Math.round(value * 1e6) / 1e6 + 0; }
  function total(list, start) { return list.reduce(function (sum, term) { return sum + term.x * term.w; }, start); }
  /** By how many an average divides: the cells of the window, or those that are no padding. */
  function divisor(q, list) { return q.include ? list.length : list.filter(function (term) { return term.inside; }).length; }
  function combine(q, list, bias) {
    if (q.op === "max") return Math.max.apply(null, list.map(function (term) { return term.x; }));
    if (q.op === "average") return rounded(total(list, 0) / divisor(q, list));
    return rounded(total(list, bias));
  }

  /** All outputs: one square of rows for each filter. */
  function compute(q, x, w, b) {
    var o = fit(q).size, maps = [];
    for (var f = 0; f < (q.op === "conv" ? q.f : 1); f++) {
      maps.push(matrix(o, function (i, j) { return q.op === "paint" ? 0 : combine(q, terms(q, x, w, f, i, j), q.op === "conv" ? b[f] : 0); }));
    }
    if (q.op === "paint" && o) {
      matrix(q.n, function (i, j) {
        paints(q, x, w, i, j).forEach(function (term) { if (term.inside) maps[0][term.row][term.column] += term.x * term.w; });
      });
      maps[0] = maps[0].map(function (row) { return row.map(rounded); });
    }
    return maps;
  }

  /** One map of a whole picture of any height and width: what `compute` is for the square of the grid. Rows of numbers, none where nothing fits. */
  function picture(q, x, w, bias) {
    var step = q.s, d = dilation(q), reach = d * (q.k - 1) + 1, edge = q.op === "max" ? -Infinity : 0, rows = [];
    var places = function (n) {
      if (q.op === "conv" && ((q.m === "reflect" && q.p > n - 1) || (q.m === "circular" && q.p > n))) return [];
      return times(Math.max(0, Math.floor((n + 2 * q.p - reach) / step) + 1), function (i) {
        return times(q.k, function (u) {
          var at = i * step + u * d - q.p, inside = at >= 0 && at < n;
          return { inside: inside, from: inside ? at : q.op === "conv" ? invented(at, n, q.m) : -1 };
        });
      });
    };
    var down = places(x[0].length), across = places(x[0][0].length);
    if (!across.length || (pools(q) && q.p > q.k / 2)) return [];
    down.forEach(function (lines) {
      rows.push(across.map(function (columns) {
        var sum = q.op === "conv" ? bias : 0, most = -Infinity, within = 0;
        x.forEach(function (plane, c) {
          for (var u = 0; u < q.k; u++) {
            for (var v = 0; v < q.k; v++) {
              var read = lines[u].from >= 0 && columns[v].from >= 0, value = read ? plane[lines[u].from][columns[v].from] : edge;
              if (q.op === "conv") sum += value * (q.flip ? w[c][q.k - 1 - u][q.k - 1 - v] : w[c][u][v]);
              else if (q.op === "max") most = Math.max(most, value);
              else sum += value;
              within += lines[u].inside && columns[v].inside;
            }
          }
        });
        return q.op === "max" ? most : q.op === "average" ? sum / (q.include ? q.k * q.k : within) : sum;
      }));
    });
    return rows;
  }

  function matrix(size, value) {
    var rows = [];
    for (var i = 0; i < size; i++) { rows.push([]); for (var j = 0; j < size; j++) rows[i].push(value(i, j)); }
    return rows;
  }
  function times(count, value) { var list = []; for (var i = 0; i < count; i++) list.push(value(i)); return list; }
  function defaultInput(n, c) {
    return matrix(n, function (i, j) { return c ? (i * (c + 1) + j * c) % 3 : (((j - i + 1) % 4) + 4) % 4; });
  }
  function defaultKernel(k, f, c) {
    var base = [[2, 0, 1], [0, 1, 2], [1, 0, 2]];
    return matrix(k, function (i, j) { return base[(i + (c || 0)) % 3][(j + (f || 0)) % 3] - (f || 0); });
  }
  /** The numbers of a setting that nobody has typed into. Attributes replace them where they fit. */
  function defaults(q, given) {
    var planes = function (text, count, size) {
      var found = text ? text.split("|").map(function (part) { return table(part); }) : [];
      return found.length === count && found.every(function (one) { return one && square(one, size); }) ? found : null;
    };
    var w = planes(given.w, q.f * q.c, q.k), b = given.b ? given.b.split(",").map(number) : [];
    return {
      x: planes(given.x, q.c, q.n) || times(q.c, function (c) { return defaultInput(q.n, c); }),
      w: times(q.f, function (f) { return times(q.c, function (c) { return w ? w[f * q.c + c] : defaultKernel(q.k, f, c); }); }),
      b: times(q.f, function (f) { return b.length === q.f && b[f] !== null ? b[f] : 0; })
    };
  }
  function square(rows, size) { return rows.length === size && rows.every(function (row) { return row.length === size; }); }

  /** The number that a reader typed, with either minus sign, or null. */
  function number(text) {
    var plain = text.trim().replace("\u2212", "-");
    return /^-?(\d+\.?\d*|\.\d+)$/.test(plain) && Math.abs(Number(plain)) <= LARGEST ? Number(plain) + 0 : null;
  }
  /** The rows of a pasted matrix, from a spreadsheet, a Python list or NumPy's print; null for what is no matrix. */
  function table(text) {
    var lines = text.replace(/\][\s,]*\[/g, "\n").replace(/[[\]()]/g, " ").split(/[\n;]+/).filter(function (line) { return line.trim(); });
    var rows = lines.map(function (line) { return line.trim().split(/\s*,\s*|\s+/).filter(Boolean).map(function (one) { return number(one.replace(/\.$/, "")); }); });
    var good = rows.length && rows.every(function (row) { return row.length === rows[0].length && row.every(function (one) { return one !== null; }); });
    return good ? rows : null;
  }
  /** The corner of `fresh` that `old` covers, filled with the numbers of `old`, through planes and rows. */
  function keep(old, fresh) {
    if (!Array.isArray(fresh)) return old === undefined ? fresh : old;
    return fresh.map(function (one, place) { return keep(old && old[place], one); });
  }
  function counted(count, one, many) { return (count === 1 ? one : many).replace("{count}", count); }

  var api = {
    fit: fit, compute: compute, picture: picture, defaults: defaults, defaultInput: defaultInput, defaultKernel: defaultKernel, number: number, table: table, START: START
  };
  if (typeof module !== "undefined" && module.exports) { module.exports = api; return; }
  root.ConvPlayground = api;
  if (!root.customElements || root.customElements.get("conv-playground")) return;

  var EXAMPLES = {
    identity: [say("Identity"), "0,0,0;0,1,0;0,0,0"], box: [say("Sum of nine"), "1,1,1;1,1,1;1,1,1"], pascal: [say("Pascal’s blur, times 16"), "1,2,1;2,4,2;1,2,1"],
    sharpen: [say("Sharpen"), "0,-1,0;-1,5,-1;0,-1,0"], sobel: [say("Sobel, across"), "-1,0,1;-2,0,2;-1,0,1"], impulse: [say("A single 1 as the input"), ""]
  };

  var CSS = [
    ":host{display:block;font:400 .97rem/1.5 var(--c-sans,system-ui,sans-serif);color:var(--c-text,#1f2933)}",
    "*{box-sizing:border-box}",
    ".frame{border:1px solid var(--c-line,#d9dee3);border-radius:6px;padding:1rem;background:var(--c-page,#fff)}",
    "h3{font-size:1.05rem;margin:0 0 .7rem;font-weight:650}",
    ".fields{display:flex;flex-wrap:wrap;gap:.6rem 1rem;border:0;padding:0;margin:0 0 .8rem;align-items:end;min-width:0}",
    ".field label{display:block;font-size:.84rem;color:var(--c-soft,#525f6c)}",
    "input[type=number]{font:inherit;width:5.2rem;padding:.3rem .4rem;border:1px solid var(--c-control,#76828f);border-radius:4px;background:var(--c-page,#fff);color:inherit}",
    "input[aria-invalid=true]{border:2px solid var(--fig-red,#b3261e)}",
    "select{font:inherit;min-height:2.1rem;padding:.2rem .3rem;max-width:100%;border:1px solid var(--c-control,#76828f);border-radius:4px;background:var(--c-page,#fff);color:inherit}",
    "[hidden]{display:none!important}",
    ".filter{display:flex;flex-wrap:wrap;gap:.4rem 1rem;align-items:flex-end}.bias{font-size:.84rem;color:var(--c-soft,#525f6c)}.bias .cell{display:block;cursor:text}",
    ".stack{display:grid;gap:.7rem;min-width:0}.between{color:var(--c-soft,#525f6c);border-style:dotted}",
    ".share{font-size:.9rem;color:var(--c-accent,#0b62a8);min-height:1.5rem}",
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
    "td,.cell{width:max(2.25rem,var(--wide,0rem));height:2.25rem;min-width:max(2.25rem,var(--wide,0rem));padding:0;text-align:center;vertical-align:middle;border:1px solid var(--c-line,#d9dee3);border-radius:3px;line-height:1.05;background:none;color:inherit;font:inherit;font-size:.95rem;font-variant-numeric:tabular-nums}",
    "td{position:relative}td:has(>small){padding-bottom:.7rem}td small{position:absolute;inset:auto 0 .1rem;font-size:.66rem;line-height:1;color:var(--c-text,#1f2933)}",
    "td input{display:block;width:100%;height:1.4em;padding:0;border:0;margin:0;background:none;color:inherit;font:inherit;text-align:center;border-radius:2px}",
    "td.value:hover{border-color:var(--c-text,#1f2933)}td input[aria-invalid=true]{border:0;outline:2px solid var(--fig-red,#b3261e)}",
    ".cell.moved{box-shadow:inset 0 -4px 0 var(--fig-green,#1c7a4a)}",
    ".pad{border-style:dashed;border-color:var(--c-control,#76828f);color:var(--c-soft,#525f6c)}",
    ".tap{border:2px solid var(--fig-blue,#0b62a8);background:var(--c-accent-soft,#e8f1f9);color:inherit}",
    ".never{background:repeating-linear-gradient(135deg,transparent 0 4px,var(--c-line,#d9dee3) 4px 5px)}",
    ".row{display:flex;gap:2px;margin-bottom:2px}",
    ".cell{cursor:pointer;flex:none;white-space:nowrap}.out{width:max(2.25rem,var(--wide,0rem));min-width:max(2.25rem,var(--wide,0rem))}div.out{cursor:default;position:relative;display:flex;align-items:center;justify-content:center}div.out.tap{padding-bottom:.7rem}div.out small{position:absolute;inset:auto 0 .1rem;font-size:.66rem;line-height:1}",
    ".cell[aria-selected=true]{border:2px solid var(--fig-orange,#b4540a);font-weight:700}",
    ".cell:hover{border-color:var(--c-text,#1f2933)}",
    ".buttons{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin:.2rem 0 .7rem}",
    ".buttons button{font:inherit;font-weight:600;min-height:2.25rem;padding:.25rem .85rem;border:1px solid var(--c-control,#76828f);border-radius:5px;background:var(--c-page,#fff);color:inherit;cursor:pointer}",
    ".buttons button:hover:not(:disabled){border-color:var(--c-accent,#0b62a8);color:var(--c-accent,#0b62a8)}",
    ".buttons button.main{background:var(--c-accent,#0b62a8);border-color:var(--c-accent,#0b62a8);color:var(--c-page,#fff)}",
    ".buttons button.main:hover:not(:disabled){color:var(--c-page,#fff);text-decoration:underline}",
    "button:disabled{opacity:.5;cursor:not-allowed}",
    ".where{color:var(--c-soft,#525f6c)}",
    ".sum{margin-bottom:.6rem;border-top:1px solid var(--c-line,#d9dee3);padding-top:.6rem;font-family:var(--c-mono,monospace);font-size:.88rem;overflow-wrap:anywhere}",
    ".sum div{padding-left:1.5em}.sum div:first-child{padding-left:0}",
    ".sum .z{color:var(--c-soft,#525f6c)}.sum b{color:var(--fig-orange,#b4540a)}",
    ".live{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}",
    ".host{position:relative}",
    ":focus-visible{outline:3px solid var(--c-accent,#0b62a8);outline-offset:2px}",
    "@media (max-width:30rem){.frame{padding:.75rem}td,.cell{width:max(1.7rem,var(--wide,0rem));height:1.7rem;min-width:max(1.7rem,var(--wide,0rem));font-size:.86rem}td:has(>small){padding-bottom:.6rem}td small{font-size:.6rem;bottom:0}div.out{line-height:1}div.out.tap{padding-bottom:.5rem}div.out small{font-size:.58rem;bottom:0}.fields{gap:.5rem .75rem}input[type=number]{width:4.4rem}td input{font-size:1rem;height:1.1rem;line-height:1.1}.out{width:max(1.7rem,var(--wide,0rem));min-width:max(1.7rem,var(--wide,0rem))}}",
    "@media (prefers-reduced-motion:no-preference){td,.cell{transition:background-color .15s,border-color .15s}}",
    "details{border-top:1px solid var(--c-line,#d9dee3);padding-top:.5rem;margin:.2rem 0 .7rem}",
    "summary{cursor:pointer;min-height:2.25rem;padding:.3rem 0;font-weight:600}",
    ".photo p{margin:.3rem 0 .6rem;font-size:.9rem;color:var(--c-soft,#525f6c)}",
    ".photo input{font:inherit;max-width:100%;min-height:2.25rem}.photo input[type=range]{width:min(100%,16rem);accent-color:var(--c-accent,#0b62a8)}",
    ".photo figure{margin:0;max-width:100%}.photo canvas{display:block;max-width:100%;width:16rem;height:auto;image-rendering:pixelated;border:1px solid var(--c-line,#d9dee3)}",
    ".photo canvas.own{cursor:crosshair}",
    "@media print{.buttons,.fields,details{display:none}}"
  ].join("");

  function element(name, properties, children) {
    var made = document.createElement(name);
    Object.keys(properties || {}).forEach(function (key) {
      if (key in made && key !== "role") made[key] = properties[key]; else made.setAttribute(key, properties[key]);
    });
    (children || []).forEach(function (child) { made.append(child); });
    return made;
  }
  function minus(value) {
    return String(typeof value === "number" ? Math.round(value * 1e3) / 1e3 : value).replace("Infinity", "\u221e").replace("-", "\u2212");
  }
  function widen(grid, longest) { grid.style.setProperty("--wide", longest > 2 ? longest * 0.58 + 0.5 + "rem" : "0rem"); }
  function signed(value) { return value < 0 ? "(" + minus(value) + ")" : minus(value); }
  function flat(list) { return Array.isArray(list) ? [].concat.apply([], list.map(flat)) : [list]; }

  var made = 0;

  function ConvPlaygroundElement() {
    return Reflect.construct(HTMLElement, [], ConvPlaygroundElement);
  }
  ConvPlaygroundElement.prototype = Object.create(HTMLElement.prototype);
  ConvPlaygroundElement.prototype.constructor = ConvPlaygroundElement;
  Object.setPrototypeOf(ConvPlaygroundElement, HTMLElement);
  var proto = ConvPlaygroundElement.prototype;

  proto.connectedCallback = function () {
    if (this.shadowRoot) return;
    if (window.courseLater && window.courseLater(this)) return;
    var self = this, id = this.stem = "cp" + (++made);
    this.at = 0;
    this.timer = this.writing = this.typing = null;
    this.past = [];
    this.readAttributes();
    this.key = "play" + (Array.prototype.indexOf.call(document.querySelectorAll("conv-playground"), this) + 1);
    var shadow = this.attachShadow({ mode: "open" });

    this.heading = element("h3", { id: id + "title" });
    this.formula = element("p", { className: "formula" });
    this.note = element("p", { className: "note", role: "status" });
    this.grids = element("div", { className: "grids" });
    this.back = this.button(say("Back"), function () { self.stop(); self.go(self.at - 1); });
    this.step = this.button(say("Step"), function () { self.stop(); self.go(self.at + 1); }, "main");
    this.play = this.button(say("Play"), function () { self.toggle(); });
    this.reset = this.button(say("Start over"), function () { self.stop(); self.go(0); });
    this.undo = this.button(say("Undo"), function () { self.revert(); });
    this.random = this.button(say("Random numbers"), function () { self.roll(); });
    this.restore = this.button(say("Restore the numbers"), function () {
      self.commit(function () { self.edited = false; self.draw(); });
      self.say(say("The numbers are those of the page again."), false);
      self.grids.querySelector("input").focus();
    });
    this.share = element("a", { className: "share", textContent: say("Link to these numbers") });
    this.where = element("span", { className: "where" });
    this.sum = element("div", { className: "sum" });
    this.live = element("div", { className: "live", "aria-live": "polite" });

    var frame = element("div", { className: "frame host", role: "group", "aria-labelledby": id + "title" }, [
      this.heading,
      this.controls(), this.formula, this.note, this.grids,
      element("div", { className: "buttons" }, [this.back, this.step, this.play, this.reset, this.where]),
      this.sum, element("div", { className: "buttons" }, [this.undo, this.random, this.restore, this.share]), this.live
    ]);
    this.photo = null;
    if (this.features.indexOf("photo") >= 0 && root.createImageBitmap) this.live.before(this.album());
    frame.addEventListener("keydown", function (event) {
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key === "z" && self.past.length) { event.preventDefault(); self.revert(); }
    });
    shadow.append(element("style", { textContent: CSS }), frame);
    this.readAddress();
  };
  proto.disconnectedCallback = function () { this.stop(); clearTimeout(this.writing); };

  /** What the page asks for: sizes and operation as home, the features, and which operations the reader may choose. */
  proto.readAttributes = function () {
    var self = this, home = Object.assign({}, START), features = this.features = (this.getAttribute("features") || "").split(/\s+/);
    var has = function (name) { return features.indexOf(name) >= 0; };
    FIELDS.forEach(function (field) {
      var value = parseInt(self.getAttribute(field[0]), 10);
      if (value >= field[2] && value <= field[3]) home[field[0]] = value;
    });
    if (OPERATIONS[this.getAttribute("op")]) home.op = this.getAttribute("op");
    if (MODES[this.getAttribute("m")]) home.m = this.getAttribute("m");
    home.flip = this.hasAttribute("flip");
    this.home = home;
    this.offered = Object.keys(OPERATIONS).filter(function (op) {
      return op === "conv" || op === home.op || (has("paint") && /paint|spread/.test(op)) || (has("pool") && /max|average/.test(op));
    });
    this.set = Object.assign({}, home);
    this.edited = false;
  };

  proto.button = function (text, action, kind) {
    var made = element("button", { type: "button", textContent: text, className: kind || "" });
    made.addEventListener("click", action);
    return made;
  };

  /** The row of settings. Those that the operation does not have are hidden by draw. */
  proto.controls = function () {
    var self = this, box = element("div", { className: "fields", role: "group", "aria-label": say("Settings") });
    this.inputs = {};
    var field = function (name, label, input) {
      input.id = self.stem + name;
      self.inputs[name] = input;
      box.append(element("div", { className: "field" }, [element("label", { htmlFor: input.id, textContent: label }), input]));
    };
    var select = function (name, label, names, act) {
      var chosen = element("select", {}, Object.keys(names).map(function (one) { return element("option", { value: one, textContent: names[one] }); }));
      chosen.addEventListener("change", function () { act(chosen.value); });
      field(name, label, chosen);
    };
    var operations = {};
    this.offered.forEach(function (op) { operations[op] = OPERATIONS[op]; });
    select("op", say("Operation"), operations, function (value) {
      self.commit(function () {
        var channels = self.set.c;
        self.set.op = value;
        self.at = 0;
        self.draw();
        if (self.photo && self.set.c !== channels) self.frame(self.photo.row, self.photo.column);
      });
    });
    FIELDS.forEach(function (one) {
      var input = element("input", { type: "number", min: one[2], max: one[3], step: 1, inputMode: "numeric" });
      input.addEventListener("input", function () { self.change(one[0]); });
      input.addEventListener("change", function () { self.typing = null; });
      field(one[0], one[1], input);
    });
    select("m", say("Padding mode"), MODES, function (value) { self.commit(function () { self.set.m = value; self.draw(); }); });
    var examples = { "": "\u2026" };
    Object.keys(EXAMPLES).forEach(function (name) { examples[name] = EXAMPLES[name][0]; });
    select("example", say("Example"), examples, function (value) { self.example(value); });
    [["flip", say("Flip the kernel (convolution)")], ["include", say("Count the padding in the mean")]].forEach(function (one) {
      var input = self.inputs[one[0]] = element("input", { type: "checkbox", id: self.stem + one[0] });
      input.addEventListener("change", function () { self.commit(function () { self.set[one[0]] = input.checked; self.draw(); }); });
      box.append(element("div", { className: "check" }, [input, element("label", { htmlFor: input.id, textContent: one[1] })]));
    });
    return box;
  };

  /** Reads the fields; keeps the last valid setting while one of them is not a number in its range. */
  proto.change = function (name) {
    var self = this, wrong = [], next = {};
    FIELDS.forEach(function (field) {
      var input = self.inputs[field[0]], value = Number(input.value);
      var good = input.value.trim() !== "" && Number.isInteger(value) && value >= field[2] && value <= field[3];
      input.setAttribute("aria-invalid", String(!good));
      if (good) next[field[0]] = value; else wrong.push(say("{field} is a whole number from {low} to {high}.", { field: field[1], low: field[2], high: field[3] }));
    });
    if (wrong.length) { this.stop(); this.say(wrong.join(" "), true); return; }
    this.commit(function () {
      var fits = self.photo && (self.set.n !== next.n || self.set.c !== next.c);
      Object.assign(self.set, next);
      self.at = 0;
      self.draw();
      if (fits) self.frame(self.photo.row, self.photo.column);
    }, name);
  };

  /** What a reader needs to use a photograph: a file field, the picture with a frame to move, and the picture's own response. */
  proto.album = function () {
    var self = this, id = this.stem + "photo";
    var slider = function (name, label) {
      var input = self[name + "Slider"] = element("input", { type: "range", id: id + name, min: 0, step: 1, value: 0 });
      input.addEventListener("input", function () {
        self.commit(function () { self.frame(Number(self.rowSlider.value), Number(self.columnSlider.value)); }, "frame");
      });
      return element("div", { className: "field" }, [element("label", { htmlFor: input.id, textContent: label }), input]);
    };
    this.file = element("input", { type: "file", id: id, accept: "image/*" });
    this.file.addEventListener("change", function () { if (self.file.files[0]) self.load(self.file.files[0]); });
    this.own = element("canvas", { className: "own", role: "img" });
    this.own.addEventListener("click", function (event) {
      var box = self.own.getBoundingClientRect(), half = (self.set.n - 1) / 2;
      var row = Math.round((event.clientY - box.top) / box.height * self.own.height - 0.5 - half);
      var column = Math.round((event.clientX - box.left) / box.width * self.own.width - 0.5 - half);
      self.commit(function () { self.frame(row, column); });
    });
    this.answer = element("canvas", { role: "img" });
    this.scale = element("p", { className: "cap" });
    this.shown = element("div", { hidden: true }, [
      element("div", { className: "fields" }, [slider("row", say("First row of the frame")), slider("column", say("First column of the frame"))]),
      element("div", { className: "grids" }, [
        element("figure", {}, [element("p", { className: "cap", textContent: say("Your photograph. Click or tap to move the frame.") }), this.own]),
        element("figure", {}, [this.scale, this.answer])
      ]),
      element("div", { className: "buttons" }, [this.button(say("Remove the photograph"), function () { self.forget(); })])
    ]);
    var box = element("details", { className: "photo" }, [
      element("summary", { textContent: say("Use a photograph of your own") }),
      element("p", { textContent: say("Choose a picture, or drop or paste one here. It stays on this device: nothing is uploaded, and a link to these numbers holds only the pixels in the grid.") }),
      element("div", { className: "field" }, [element("label", { htmlFor: id, textContent: say("Photograph") }), this.file]), this.shown
    ]);
    var take = function (event, files) {
      var found = files && Array.prototype.filter.call(files, function (one) { return one.type.indexOf("image/") === 0; })[0];
      if (found) { event.preventDefault(); self.load(found); }
    };
    box.addEventListener("dragover", function (event) { event.preventDefault(); });
    box.addEventListener("drop", function (event) { event.preventDefault(); take(event, event.dataTransfer.files); });
    box.addEventListener("paste", function (event) { take(event, event.clipboardData.files); });
    return box;
  };

  /** Reads a picture file here, in the page: three color planes and a gray one, whole numbers from 0 to 255. */
  proto.load = function (file) {
    var self = this;
    root.createImageBitmap(file).then(function (bitmap) {
      var shrink = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height)), canvas = element("canvas");
      canvas.width = Math.max(1, Math.round(bitmap.width * shrink));
      canvas.height = Math.max(1, Math.round(bitmap.height * shrink));
      var pen = canvas.getContext("2d");
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      var data = pen.getImageData(0, 0, canvas.width, canvas.height).data;
      var plane = function (value) {
        return times(canvas.height, function (i) { return times(canvas.width, function (j) { return value(4 * (i * canvas.width + j)); }); });
      };
      var colors = [0, 1, 2].map(function (c) { return plane(function (at) { return data[at + c]; }); });
      var gray = plane(function (at) { return Math.round(0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2]); });
      self.photo = { canvas: canvas, colors: colors, gray: gray, row: 0, column: 0 };
      self.shown.hidden = false;
      self.commit(function () { self.frame(Math.round((canvas.height - self.set.n) / 2), Math.round((canvas.width - self.set.n) / 2)); });
      self.say(say("The photograph has {height}\u00a0\u00d7\u00a0{width} pixels here. Those in the frame are in the grid.", { height: canvas.height, width: canvas.width }), false);
    }, function () { self.say(say("The browser can’t read this file as a picture. A JPEG or a PNG works."), true); });
  };
  proto.forget = function () {
    this.photo = null;
    this.file.value = "";
    this.shown.hidden = true;
    this.own.width = this.answer.width = 0;
    this.say(say("The photograph is gone from this page; the numbers in the grid stay."), false);
    this.file.focus();
  };
  /** The planes that the operation reads: gray for one channel, else red, green and blue as far as there are channels. */
  proto.planes = function () { return this.set.c === 1 ? [this.photo.gray] : this.photo.colors.slice(0, this.set.c); };

  /** Moves the frame, as far as the picture allows, and puts its pixels into the grid. Outside a small picture there are zeros. */
  proto.frame = function (row, column) {
    var photo = this.photo, n = this.set.n, height = photo.canvas.height, width = photo.canvas.width;
    photo.row = Math.max(0, Math.min(height - n, row));
    photo.column = Math.max(0, Math.min(width - n, column));
    this.rowSlider.max = Math.max(0, height - n);
    this.columnSlider.max = Math.max(0, width - n);
    this.rowSlider.value = photo.row;
    this.columnSlider.value = photo.column;
    this.edited = true;
    this.x = this.planes().map(function (plane) {
      return matrix(n, function (i, j) { var line = plane[photo.row + i]; return line && line[photo.column + j] !== undefined ? line[photo.column + j] : 0; });
    });
    this.draw();
  };

  /** Draws the photograph with its frame, and beside it the map of the whole picture. */
  proto.develop = function () {
    if (!this.photo) return;
    var q = this.set, photo = this.photo, own = this.own, f = this.stops && !pools(q) ? Math.floor(this.at / (this.size * this.size)) : 0;
    own.width = photo.canvas.width;
    own.height = photo.canvas.height;
    var pen = own.getContext("2d");
    pen.drawImage(photo.canvas, 0, 0);
    [["#fff", 1], ["#000", 0]].forEach(function (line) {
      pen.strokeStyle = line[0];
      pen.strokeRect(photo.column - 0.5 - line[1], photo.row - 0.5 - line[1], q.n + 1 + 2 * line[1], q.n + 1 + 2 * line[1]);
    });
    own.setAttribute("aria-label", say("Your photograph, {height} by {width} pixels. The frame starts at row {row}, column {column}.",
      { height: own.height, width: own.width, row: photo.row, column: photo.column }));
    var rows = transposed(q) ? [] : picture(q, this.planes(), this.w[f], this.b[f]), name = this.maps > 1 ? say("Output {f}", { f: f }) : say("The output");
    this.answer.hidden = !rows.length;
    if (!rows.length) {
      this.scale.textContent = transposed(q) ? say("The whole picture is shown for convolution and pooling.") : say("No output: see the message above.");
      return;
    }
    var low = Infinity, high = -Infinity;
    rows.forEach(function (row) { row.forEach(function (value) { if (value > -Infinity) { low = Math.min(low, value); high = Math.max(high, value); } }); });
    var most = Math.max(Math.abs(low), Math.abs(high), 1), signs = low < 0, answer = this.answer;
    answer.width = rows[0].length;
    answer.height = rows.length;
    var image = new ImageData(answer.width, answer.height);
    rows.forEach(function (row, i) {
      row.forEach(function (value, j) {
        var at = 4 * (i * row.length + j), level = signs ? 127.5 + 127.5 * Math.max(-1, value / most) : 255 * value / most;
        image.data[at] = image.data[at + 1] = image.data[at + 2] = Math.round(level);
        image.data[at + 3] = 255;
      });
    });
    answer.getContext("2d").putImageData(image, 0, 0);
    this.scale.textContent = say("{output} on all of it, {rows}\u00a0\u00d7\u00a0{columns}: {low} to {high}.",
      { output: name, rows: rows.length, columns: rows[0].length, low: minus(rounded(low)), high: minus(rounded(high)) }) + " " + (signs ? say("Middle gray is 0.") : say("Black is 0."));
    answer.setAttribute("aria-label", this.scale.textContent);
  };

  proto.example = function (name) {
    var self = this;
    if (!name) return;
    this.commit(function () {
      self.edited = true;
      if (name === "impulse") {
        var middle = Math.floor((self.set.n - 1) / 2);
        self.x = self.x.map(function () { return matrix(self.set.n, function (i, j) { return i === middle && j === middle ? 1 : 0; }); });
      } else {
        self.set.k = 3;
        self.w = times(self.set.f, function () { return times(self.set.c, function () { return table(EXAMPLES[name][1]); }); });
      }
      self.draw();
    });
  };
  proto.roll = function () {
    var self = this, draw = function (low, high) { return low + Math.floor(Math.random() * (high - low + 1)); };
    this.commit(function () {
      self.edited = true;
      self.x = self.x.map(function (one) { return matrix(one.length, function () { return draw(0, 9); }); });
      self.w = self.w.map(function (filter) { return filter.map(function (one) { return matrix(one.length, function () { return draw(-2, 2); }); }); });
      self.draw();
    });
  };

  /** Makes a change that undo takes back, and writes it into the address. Changes under one name in a row are taken back as one. */
  proto.commit = function (change, name) {
    var before = this.encode();
    this.stop();
    change();
    if (this.encode() !== before && !(name && name === this.typing)) this.past.push(before);
    this.typing = name || null;
    this.publish();
  };
  proto.revert = function () {
    if (!this.past.length) return;
    this.stop();
    this.typing = null;
    this.decode(this.past.pop());
    this.publish();
  };

  /** What differs from the page, as text that an address may hold: k5_p2_mreflect_x1,2,3,4. */
  proto.encode = function () {
    var self = this, parts = [];
    Object.keys(START).forEach(function (name) {
      if (self.set[name] !== self.home[name]) parts.push(name + (typeof self.set[name] === "boolean" ? Number(self.set[name]) : self.set[name]));
    });
    if (this.edited) ["x", "w", "b"].forEach(function (name) { parts.push(name + flat(self[name]).join(",")); });
    return parts.join("_");
  };
  /** Takes such a text for the setting; returns whether it is one that this playground offers. */
  proto.decode = function (text) {
    var self = this, next = Object.assign({}, this.home), lists = {}, good = true;
    text.split("_").filter(Boolean).forEach(function (part) {
      var found = /^(op|flip|include|[nkpsdqcfmxwb])(.+)$/.exec(part), name = found && found[1], value = found && found[2];
      var field = FIELDS.filter(function (one) { return one[0] === name; })[0];
      if (field && /^\d+$/.test(value) && value >= field[2] && value <= field[3]) next[name] = Number(value);
      else if (name === "op" && self.offered.indexOf(value) >= 0) next.op = value;
      else if (name === "m" && MODES[value]) next.m = value;
      else if ((name === "flip" || name === "include") && /^[01]$/.test(value)) next[name] = value === "1";
      else if (/^[xwb]$/.test(name || "")) lists[name] = value.split(",").map(number);
      else good = false;
    });
    var fresh = defaults(next, this.given());
    Object.keys(lists).forEach(function (name) {
      if (lists[name].indexOf(null) >= 0 || lists[name].length !== flat(fresh[name]).length) good = false;
      else fresh[name] = (function fill(like) { return Array.isArray(like) ? like.map(fill) : lists[name].shift(); })(fresh[name]);
    });
    if (!good) return false;
    Object.assign(this, fresh, { set: next, edited: Object.keys(lists).length > 0 });
    this.draw();
    return true;
  };
  proto.given = function () { return { x: this.getAttribute("x"), w: this.getAttribute("w"), b: this.getAttribute("b") }; };
  proto.readAddress = function () {
    var text = new URLSearchParams(location.search).get(this.key);
    this.publish(true);
    if (text === null) { this.draw(); return; }
    if (!this.decode(text)) {
      this.draw();
      this.say(say("The address asks for something that this figure does not offer. These are the page’s numbers."), true);
    }
  };
  /** Writes the setting into the address, after its other parts, and leaves the anchor alone. */
  proto.publish = function (quiet) {
    var self = this, text = this.encode(), mine = this.key + "=";
    this.undo.disabled = !this.past.length;
    if (!/^(https?|file):$/.test(location.protocol)) { this.share.hidden = true; return; }
    var others = location.search.slice(1).split("&").filter(function (part) { return part && part.indexOf(mine) !== 0; });
    var search = others.concat(text ? [mine + text] : []).join("&");
    var box = this.closest("[id]");
    this.share.href = location.pathname + "?" + others.concat([mine + text]).join("&") + (box ? "#" + box.id : "");
    clearTimeout(this.writing);
    if (quiet) return;
    this.writing = setTimeout(function () {  // browsers refuse more than a hundred addresses in half a minute
      history.replaceState(history.state, "", location.pathname + (search ? "?" + search : "") + location.hash);
    }, 300);
  };

  proto.say = function (text, bad) {
    this.note.textContent = text;
    this.note.className = bad ? "note bad" : "note";
  };
  proto.toggle = function () {
    if (this.timer) { this.stop(); return; }
    var self = this, calm = root.matchMedia && root.matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.at >= this.stops - 1) this.go(0);
    this.play.textContent = say("Pause");
    this.timer = setInterval(function () {
      if (self.at >= self.stops - 1) { self.stop(); return; }
      self.go(self.at + 1);
    }, calm ? 2000 : 1000);
  };
  proto.stop = function () {
    clearInterval(this.timer);
    this.timer = null;
    if (this.play) this.play.textContent = say("Play");
  };
  proto.go = function (cell, focus) {
    this.at = Math.max(0, Math.min(this.stops - 1, cell));
    this.show();
    if (focus) this.outputs[this.at].focus();
  };

  /** Shows the fields that the operation has, with what is set. */
  proto.fill = function () {
    var self = this, q = this.set, feature = function (name) { return self.features.indexOf(name) >= 0; };
    var shown = {
      op: this.offered.length > 1, d: q.op !== "average", q: transposed(q), c: feature("channels") && q.op === "conv",
      f: feature("channels") && q.op === "conv", m: feature("modes") && q.op === "conv", flip: q.op === "conv",
      include: q.op === "average", example: !pools(q)
    };
    Object.keys(this.inputs).forEach(function (name) {
      var input = self.inputs[name];
      if (input.type === "checkbox") input.checked = q[name];
      else if (name === "example") input.value = "";
      else if (input !== self.shadowRoot.activeElement || input.value !== String(q[name])) input.value = q[name];
      input.setAttribute("aria-invalid", "false");
      input.parentNode.hidden = shown[name] === false;
    });
  };

  /** Builds the grids anew: after a change of more than one number. */
  proto.draw = function () {
    var self = this, q = this.set;
    if (q.op !== "conv") q.c = q.f = 1;
    var fresh = defaults(q, this.given()), now = fit(q);
    ["x", "w", "b"].forEach(function (name) { self[name] = self.edited ? keep(self[name], fresh[name]) : fresh[name]; });
    this.size = now.size;
    this.maps = q.op === "conv" ? q.f : 1;
    this.stops = now.size ? (q.op === "paint" ? q.n * q.n : this.maps * now.size * now.size) : 0;
    this.at = Math.min(this.at, Math.max(0, this.stops - 1));
    this.restore.disabled = !this.edited;
    this.heading.textContent = q.op === "paint" ? say("Try it: one pixel at a time") : say("Try it: one window at a time");
    this.fill();
    this.explain(now);

    this.cells = [];
    this.outputs = [];
    var inputs = this.x.map(function (plane, c) { return self.inputGrid(c, now); });
    var parts = [element("div", { className: "stack" }, inputs)];
    if (!pools(q)) parts.push(element("div", { className: "stack" }, this.w.map(function (filter, f) { return self.filterGrid(f); })));
    parts.push(element("div", { className: "stack" }, compute(q, this.x, this.w, this.b).map(function (map, f) { return self.outputGrid(map, f); })));
    this.grids.replaceChildren.apply(this.grids, parts);
    this.fitNumbers();
    this.show();
    this.develop();
  };

  proto.explain = function (now) {
    var q = this.set, d = dilation(q);
    if (transposed(q)) {
      this.formula.textContent = "o = (" + q.n + " \u2212 1)\u00b7" + q.s + " + " + d + "\u00b7(" + q.k + " \u2212 1) + 1 + " + q.q + " \u2212 2\u00b7" + q.p +
        (now.size ? " = " + now.size : "");
    } else {
      var inner = q.n + " + 2\u00b7" + q.p + " \u2212 " + d + "\u00b7(" + q.k + " \u2212 1) \u2212 1";
      this.formula.textContent = "o = \u230a(" + inner + ") / " + q.s + "\u230b + 1" + (now.size ? " = \u230a" + now.room + " / " + q.s + "\u230b + 1 = " + now.size : "");
    }
    if (now.problem) this.say(now.problem, true);
    else if (now.remainder) {
      this.say(say(now.remainder === 1 ? "{room} / {stride} is not whole: the last row and the last column of the padded input are never read (hatched)." :
        "{room} / {stride} is not whole: the last {count} rows and columns of the padded input are never read (hatched).",
      { room: now.room, stride: q.s, count: now.remainder }), false);
    } else if (q.op === "spread") this.say(say("The same numbers by a convolution: zeros between the pixels, the filter rotated, stride 1."), false);
    else this.say(q.s > 1 && !transposed(q) ? say("The division is whole: the last window ends at the edge.") : "", false);
  };

  proto.inputGrid = function (c, now) {
    var self = this, q = this.set, line = q.op === "paint" ? times(q.n, function (i) { return { from: i, kind: "value" }; }) : axis(q);
    var edge = line.length - now.remainder, body = element("tbody"), name = q.c > 1 ? "Input channel " + c : "Input", rows = [];
    var label = q.c > 1 ? say("Input channel {c}", { c: c }) : say("Input");
    line.forEach(function (one, row) {
      var tr = element("tr"), list = [];
      line.forEach(function (two, column) {
        var inside = one.kind === "value" && two.kind === "value", read = one.from >= 0 && two.from >= 0;
        var text = read ? minus(self.x[c][one.from][two.from]) : q.op === "max" ? "\u2212\u221e" : "0";
        var cell = element("td", {}, [inside ? self.editable(name, label, self.x[c], one.from, two.from, one.from, two.from) : text]);
        var kind = inside ? "value" : one.kind === "pad" || two.kind === "pad" ? "pad" : "between";
        cell.base = kind + (now.size && (row >= edge || column >= edge) ? " never" : "");
        cell.copies = !inside && read ? [c, one.from, two.from] : null;
        list.push(cell);
        tr.append(cell);
      });
      rows.push(list);
      body.append(tr);
    });
    this.cells.push(rows);
    var size = q.n + "\u00a0\u00d7\u00a0" + q.n, whole = line.length + "\u00a0\u00d7\u00a0" + line.length;
    var caption = say(q.op === "spread" ? "{grid}, {size}, spread to {whole}" : q.p && q.op !== "paint" ? "{grid}, {size}, padded to {whole}" : "{grid}, {size}",
      { grid: label, size: size, whole: whole });
    return this.scroller(label, element("table", {}, [element("caption", { textContent: caption }), body]));
  };

  proto.filterGrid = function (f) {
    var self = this, q = this.set, turn = q.op === "spread" || (q.op === "conv" && q.flip);
    var planes = this.w[f].map(function (plane, c) {
      var name = "Weight" + (q.f > 1 ? " filter " + f : "") + (q.c > 1 ? " channel " + c : ""), body = element("tbody");
      var which = (q.f > 1 ? " " + say("filter {f}", { f: f }) : "") + (q.c > 1 ? " " + say("channel {c}", { c: c }) : "");
      for (var u = 0; u < q.k; u++) {
        var tr = element("tr");
        for (var v = 0; v < q.k; v++) {
          var from = turn ? [q.k - 1 - u, q.k - 1 - v] : [u, v];
          tr.append(element("td", { className: "value" }, [self.editable(name, say("Weight") + which, plane, from[0], from[1], u, v)]));
        }
        body.append(tr);
      }
      var title = say("Weights") + which + (turn ? say(", rotated by 180\u00b0") : "");
      return self.scroller(title, element("table", {}, [element("caption", { textContent: title }), body]));
    });
    if (this.features.indexOf("channels") >= 0 && q.op === "conv") {
      var label = say("Bias") + (q.f > 1 ? " " + say("filter {f}", { f: f }) : ""), input = this.editable("Bias" + (q.f > 1 ? " filter " + f : ""), label, [this.b], 0, f, 0, 0);
      input.className = "cell";
      input.setAttribute("aria-label", label);
      planes.push(element("div", { className: "bias" }, [label, input]));
    }
    return element("div", { className: "filter" }, planes);
  };

  proto.outputGrid = function (map, f) {
    var self = this, q = this.set, o = this.size, paint = q.op === "paint";
    var label = this.maps > 1 ? say("Output {f}", { f: f }) : say("Output"), longest = 0;
    if (!o) return element("p", { className: "cap", textContent: say("No output") });
    var grid = element("div", paint ? { role: "table", "aria-label": label } : { role: "grid", "aria-label": say("{grid}. Arrow keys move the window.", { grid: label }) });
    map.forEach(function (list, i) {
      var line = element("div", { role: "row", className: "row" });
      list.forEach(function (value, j) {
        var place = (f * o + i) * o + j, text = minus(value);
        var cell = paint ? element("div", { role: "cell", className: "cell out", textContent: text }) :
          element("button", { type: "button", role: "gridcell", className: "cell out", textContent: text });
        if (!paint) cell.addEventListener("click", function () { self.stop(); self.go(place, true); });
        longest = Math.max(longest, text.length);
        self.outputs.push(cell);
        line.append(cell);
      });
      grid.append(line);
    });
    widen(grid, longest);
    if (!paint) grid.addEventListener("keydown", function (event) { self.walk(event); });
    return this.scroller(label, element("div", {}, [element("p", { className: "cap", textContent: say("{grid}, {size}", { grid: label, size: o + "\u00a0\u00d7\u00a0" + o }) }), grid]));
  };

  /** A cell to type into: the number values[i][j], shown in row `row` and column `column` of its grid. Tab stops once a grid. */
  proto.editable = function (grid, label, values, i, j, row, column) {
    var self = this, place = say("{grid}, row {row}, column {column}", { grid: label, row: row, column: column });
    var input = element("input", {
      type: "text", inputMode: "text", autocomplete: "off", spellcheck: false, value: minus(values[i][j]), "aria-label": place,
      tabIndex: row + column ? -1 : 0, "data-grid": grid, "data-place": row + " " + column
    });
    input.addEventListener("focus", function () {
      self.grids.querySelectorAll('[data-grid="' + grid + '"]').forEach(function (other) { other.tabIndex = other === input ? 0 : -1; });
      input.select();
      if (self.set.op === "paint" && grid === "Input") self.go(row * self.set.n + column);
    });
    input.addEventListener("input", function () {
      var typed = number(input.value);
      self.stop();
      input.setAttribute("aria-invalid", String(typed === null));
      if (typed === null) {
        self.say(say("{place}: a number from \u2212{most} to {most}.", { place: place, most: LARGEST }), true);
        return;
      }
      self.commit(function () {
        self.edited = true;
        values[i][j] = typed;
        self.restore.disabled = false;
        self.update();
      }, place);
    });
    input.addEventListener("paste", function (event) {
      var rows = table((event.clipboardData || root.clipboardData).getData("text"));
      if (!rows || (rows.length === 1 && rows[0].length === 1)) return;
      event.preventDefault();
      self.paste(grid, values, i, j, rows);
    });
    input.addEventListener("blur", function () {
      if (input.getAttribute("aria-invalid") === "true") self.say("", false);
      input.setAttribute("aria-invalid", "false");
      input.value = minus(values[i][j]);
      self.typing = null;
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
      var next = self.grids.querySelector('[data-grid="' + grid + '"][data-place="' + to[0] + " " + to[1] + '"]');
      if (next) next.focus();
    });
    return input;
  };

  /** A pasted matrix starts at its cell; a square one at the first cell brings its size along. */
  proto.paste = function (grid, values, i, j, rows) {
    var self = this, name = grid.indexOf("Input") === 0 ? "n" : "k", size = rows.length, left = 0;
    var limits = FIELDS.filter(function (one) { return one[0] === name; })[0];
    this.commit(function () {
      self.edited = true;
      if (grid.indexOf("Bias") < 0 && i + j === 0 && square(rows, size) && size >= limits[2] && size <= limits[3]) {
        self.set[name] = size;
        values.splice.apply(values, [0, values.length].concat(rows));
      } else {
        rows.forEach(function (row, u) {
          row.forEach(function (value, v) { if (i + u < values.length && j + v < values[i].length) values[i + u][j + v] = value; else left += 1; });
        });
      }
      self.at = 0;
      self.draw();
    });
    var cell = this.grids.querySelector('[data-grid="' + grid + '"]');
    if (cell) cell.focus();
    this.say(counted(left, say("Pasted {size}; {count} number found no cell."), left ? say("Pasted {size}; {count} numbers found no cell.") : say("Pasted {size}."))
      .replace("{size}", rows.length + "\u00a0\u00d7\u00a0" + rows[0].length), false);
  };

  /** After a number has changed: new outputs, a bar below those that moved, and how many they are. */
  proto.update = function () {
    var self = this, texts = flat(compute(this.set, this.x, this.w, this.b)).map(minus), moved = 0;
    this.outputs.forEach(function (cell, place) {
      var change = cell.firstChild.textContent !== texts[place];
      cell.classList.toggle("moved", change);
      cell.firstChild.textContent = texts[place];
      moved += change;
    });
    this.cells.forEach(function (rows) {
      rows.forEach(function (row) {
        row.forEach(function (cell) {
          if (cell.copies) cell.firstChild.textContent = minus(self.x[cell.copies[0]][cell.copies[1]][cell.copies[2]]);
        });
      });
    });
    this.fitNumbers();
    this.show();
    this.develop();
    if (texts.length) this.say(say(texts.length === 1 ? "{moved} of {count} output changed." : "{moved} of {count} outputs changed.", { moved: moved, count: texts.length }), false);
  };

  /** Makes the cells of each grid of inputs as wide as its longest number. */
  proto.fitNumbers = function () {
    this.grids.querySelectorAll("table").forEach(function (one) {
      widen(one, Math.max.apply(null, Array.prototype.map.call(one.querySelectorAll("input"), function (input) { return input.value.length; })));
    });
  };

  /** A box that scrolls sideways by itself, and can be reached by keyboard when it has to. */
  proto.scroller = function (label, content) {
    var box = element("div", { className: "scroll" }, [content]);
    requestAnimationFrame(function () {
      if (box.scrollWidth > box.clientWidth + 1) {
        box.tabIndex = 0;
        box.setAttribute("role", "region");
        box.setAttribute("aria-label", say("{grid}, scrolls sideways", { grid: label }));
      }
    });
    return box;
  };

  proto.walk = function (event) {
    var o = this.size, f = Math.floor(this.at / (o * o)), row = Math.floor(this.at / o) % o, column = this.at % o;
    var moves = {
      ArrowRight: [row, Math.min(o - 1, column + 1)], ArrowLeft: [row, Math.max(0, column - 1)],
      ArrowDown: [Math.min(o - 1, row + 1), column], ArrowUp: [Math.max(0, row - 1), column],
      Home: [row, 0], End: [row, o - 1]
    };
    var to = moves[event.key];
    if (!to || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.stop();
    this.go((f * o + to[0]) * o + to[1], true);
  };

  /** Marks what belongs to the current stop, and writes its sum out. */
  proto.show = function () {
    var q = this.set, all = this.stops, unmark = function (cell) {
      if (cell.lastChild.nodeName === "SMALL") cell.lastChild.remove();
    };
    this.cells.forEach(function (rows) {
      rows.forEach(function (row) { row.forEach(function (cell) { cell.className = cell.base; unmark(cell); }); });
    });
    this.back.disabled = this.reset.disabled = !all || this.at === 0;
    this.step.disabled = !all || this.at === all - 1;
    this.play.disabled = all < 2;
    this.where.textContent = "";
    this.sum.replaceChildren();
    this.live.textContent = "";
    if (!all) return;
    if (q.op === "paint") { this.outputs.forEach(function (cell) { unmark(cell); cell.classList.remove("tap"); }); this.showPaint(); } else this.showWindow();
  };

  proto.showPaint = function () {
    var self = this, q = this.set, i = Math.floor(this.at / q.n), j = this.at % q.n, value = this.x[0][i][j];
    this.cells[0][i][j].className = this.cells[0][i][j].base + " tap";
    var list = paints(q, this.x, this.w, i, j), cropped = list.filter(function (term) { return !term.inside; }).length;
    list.forEach(function (term) {
      if (!term.inside) return;
      var cell = self.outputs[term.row * self.size + term.column];
      cell.classList.add("tap");
      cell.append(element("small", { textContent: " +" + minus(rounded(term.x * term.w)) }));
    });
    this.where.textContent = say("pixel {number} of {count}", { number: this.at + 1, count: this.stops });
    var lines = times(q.k, function (u) {
      return element("div", { textContent: list.slice(u * q.k, u * q.k + q.k).map(function (term) {
        return "y[" + minus(term.row) + ", " + minus(term.column) + "] += " + signed(term.x) + "\u00b7" + signed(term.w) + (term.inside ? "" : " " + say("(cropped)"));
      }).join("; ") });
    });
    this.sum.replaceChildren.apply(this.sum, [element("div", { textContent: say("{pixel} = {value} paints", { pixel: "x[" + i + ", " + j + "]", value: minus(value) }) })].concat(lines));
    this.live.textContent = say(!cropped ? "Input row {i}, column {j} is {value}. It paints from row {row}, column {column} of the output."
      : cropped === 1 ? "Input row {i}, column {j} is {value}. It paints from row {row}, column {column} of the output; {cropped} product cropped."
        : "Input row {i}, column {j} is {value}. It paints from row {row}, column {column} of the output; {cropped} products cropped.",
    { i: i, j: j, value: value, row: i * q.s - q.p, column: j * q.s - q.p, cropped: cropped });
  };

  proto.showWindow = function () {
    var self = this, q = this.set, o = this.size, f = Math.floor(this.at / (o * o)), i = Math.floor(this.at / o) % o, j = this.at % o;
    var list = terms(q, this.x, this.w, f, i, j), bias = q.op === "conv" ? this.b[f] : 0, value = combine(q, list, bias);
    list.forEach(function (term) {
      var cell = self.cells[term.c][term.row][term.column];
      cell.className = cell.base + " tap";
      if (!pools(q)) cell.append(element("small", { textContent: "\u00d7" + minus(term.w) }));
    });
    this.outputs.forEach(function (cell, place) {
      cell.tabIndex = place % (o * o) === (place - place % (o * o) === f * o * o ? self.at % (o * o) : 0) ? 0 : -1;
      cell.setAttribute("aria-selected", String(place === self.at));
    });
    this.where.textContent = say("output {number} of {count}", { number: this.at + 1, count: this.stops });
    var name = "y[" + (this.maps > 1 ? f + ", " : "") + i + ", " + j + "]", lines = [element("div", { textContent: name + " =" + (q.op === "max" ? " " + say("max of") : "") })];
    for (var c = 0; c < q.c; c++) {
      var own = list.filter(function (term) { return term.c === c; });
      for (var u = 0; u < q.k; u++) lines.push(this.products(own.slice(u * q.k, u * q.k + q.k), u + c > 0, u === q.k - 1));
      if (q.c > 1) lines.push(element("div", { className: "channel", textContent: say("channel {c}", { c: c }) + ": " + minus(rounded(total(own, 0))) }));
    }
    if (q.op === "average") lines.push(element("div", { textContent: "/ " + divisor(q, list) }));
    if (bias) lines.push(element("div", { textContent: "+ " + signed(bias) + " " + say("(bias)") }));
    lines.push(element("div", {}, ["= ", element("b", { textContent: minus(value) })]));
    this.sum.replaceChildren.apply(this.sum, lines);
    var shift = q.op === "spread" ? 0 : q.p, step = q.op === "spread" ? 1 : q.s;
    var found = say(q.op === "max" ? "the maximum is {value}" : q.op === "average" ? "the mean is {value}" : bias ? "the sum with the bias of {bias} is {value}" : "the sum is {value}",
      { bias: bias, value: minus(value).replace("\u2212", "-") });
    this.live.textContent = say(this.maps > 1 ? "Output {f}, row {i}, column {j}: the window starts at row {row}, column {column} of the input; {found}."
      : "Output row {i}, column {j}: the window starts at row {row}, column {column} of the input; {found}.",
    { f: f, i: i, j: j, row: i * step - shift, column: j * step - shift, found: found });
  };

  /** One row of the window: products or plain numbers with what joins them to the row before. */
  proto.products = function (list, goesOn, ends) {
    var q = this.set, line = element("div");
    list.forEach(function (term, place) {
      var text = q.op === "max" ? minus(term.x) + (ends && place === list.length - 1 ? "" : ",") :
        (place || goesOn ? "+ " : "") + signed(term.x) + (pools(q) ? "" : "\u00b7" + signed(term.w));
      line.append(element("span", { className: term.inside ? "" : "z", textContent: text + " " }));
    });
    return line;
  };

  root.customElements.define("conv-playground", ConvPlaygroundElement);
})(typeof self !== "undefined" ? self : this);
