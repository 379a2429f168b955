/* The front page's network: draw a digit, a window slides over it, its map builds, and chapter 9's network reads it.
   The elements are there already (front.py made them); without this script they are a picture. */
var digitNetwork = (function () {
  "use strict";
  var SIDE = 8, FINE = 32, BLOCK = FINE / SIDE;

  /* 16-bit floats, little-endian, in base64. */
  function numbers(text) {
    var bytes = atob(text), found = new Float64Array(bytes.length / 2);
    for (var i = 0; i < found.length; i++) {
      var bits = bytes.charCodeAt(2 * i) | bytes.charCodeAt(2 * i + 1) << 8;
      var exponent = bits >> 10 & 31, fraction = bits & 1023;
      var size = exponent ? (1 + fraction / 1024) * Math.pow(2, exponent - 15) : fraction * Math.pow(2, -24);
      found[i] = bits >> 15 ? -size : size;
    }
    return found;
  }

  function unpack(packed) {
    var made = {};
    Object.keys(packed).forEach(function (name) { made[name] = numbers(packed[name].values); });
    return made;
  }

  /* One output of a 3 × 3 filter with padding 1 on (channels, side, side), after the ReLU. */
  function output(x, channels, side, weight, bias, f, i, j) {
    var sum = bias[f];
    for (var c = 0; c < channels; c++) for (var u = 0; u < 3; u++) for (var v = 0; v < 3; v++) {
      var row = i + u - 1, column = j + v - 1;
      if (row >= 0 && row < side && column >= 0 && column < side) {
        sum += weight[((f * channels + c) * 3 + u) * 3 + v] * x[(c * side + row) * side + column];
      }
    }
    return Math.max(sum, 0);
  }

  function layer(x, channels, side, weight, bias) {
    var made = new Float64Array(bias.length * side * side), at = 0;
    for (var f = 0; f < bias.length; f++) for (var i = 0; i < side; i++) for (var j = 0; j < side; j++) {
      made[at++] = output(x, channels, side, weight, bias, f, i, j);
    }
    return made;
  }

  function pool(x, channels, side) {
    var half = side / 2, made = new Float64Array(channels * half * half), at = 0;
    for (var c = 0; c < channels; c++) for (var i = 0; i < side; i += 2) for (var j = 0; j < side; j += 2) {
      var first = (c * side + i) * side + j;
      made[at++] = Math.max(x[first], x[first + 1], x[first + side], x[first + side + 1]);
    }
    return made;
  }

  /* 64 numbers from 0 to 1 → the first layer's 16 maps, and ten logits. */
  function forward(p, image) {
    var maps = layer(image, 1, SIDE, p["conv1.weight"], p["conv1.bias"]);
    var deep = pool(layer(pool(maps, 16, SIDE), 16, 4, p["conv2.weight"], p["conv2.bias"]), 32, 4);
    var logits = Array.from(p["fc.bias"], function (bias, digit) {
      return deep.reduce(function (sum, value, at) { return sum + value * p["fc.weight"][digit * deep.length + at]; }, bias);
    });
    return { maps: maps, logits: logits };
  }

  function shares(logits) {
    var most = Math.max.apply(null, logits), grown = logits.map(function (one) { return Math.exp(one - most); });
    var sum = grown.reduce(function (a, b) { return a + b; });
    return grown.map(function (one) { return one / sum; });
  }

  /* A drawing of 32 × 32 dots, moved and stretched until it fills the frame, as the digits of the data set do; then the
     dots of each block of 4 × 4 are counted, which is how that data set was made. */
  function fitted(ink) {
    var top = FINE, left = FINE, bottom = -1, right = -1, made = new Float64Array(SIDE * SIDE);
    ink.forEach(function (dot, at) {
      if (!dot) return;
      var row = Math.floor(at / FINE), column = at % FINE;
      top = Math.min(top, row); bottom = Math.max(bottom, row);
      left = Math.min(left, column); right = Math.max(right, column);
    });
    if (bottom < 0) return made;
    var height = bottom - top + 1, width = right - left + 1, size = Math.max(height, width);
    for (var row = 0; row < FINE; row++) for (var column = 0; column < FINE; column++) {
      var y = Math.floor(top + height / 2 + (row + .5 - FINE / 2) * size / FINE);
      var x = Math.floor(left + width / 2 + (column + .5 - FINE / 2) * size / FINE);
      var inside = y >= top && y <= bottom && x >= left && x <= right;
      if (inside && ink[y * FINE + x]) made[Math.floor(row / BLOCK) * SIDE + Math.floor(column / BLOCK)] += 1 / (BLOCK * BLOCK);
    }
    return made;
  }

  return { unpack: unpack, forward: forward, shares: shares, fitted: fitted, SIDE: SIDE, FINE: FINE, BLOCK: BLOCK };
})();

if (typeof customElements !== "undefined") (function () {
  "use strict";
  var WORDS = (window.courseWords || Object)({
    pad: "Draw a digit here",
    how: "With a mouse or a finger, draw. By keyboard, arrow keys move the cell and the space bar inks it.",
    reads: "The network reads {digit}, {share} % sure.",
    empty: "Draw a digit from 0 to 9.",
    clear: "Clear",
    another: "Another digit",
    almost: "over 99"
  });
  var SIDE = digitNetwork.SIDE, FINE = digitNetwork.FINE, BLOCK = digitNetwork.BLOCK;
  var PEN = 2.3, WAIT = 600, SLIDE = 1600; // dots; ms after a stroke; ms for 64 windows

  function say(words, values) {
    return words.replace(/\{(\w+)\}/g, function (whole, name) { return values[name]; });
  }

  function percent(share) { return share > .99 ? WORDS.almost : String(Math.round(share * 100)); }

  function element(tag, className, text) {
    var made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  customElements.define("digit-reader", class extends HTMLElement {
    connectedCallback() {
      if (this.pad) return;
      this.pad = this.querySelector(".reader-pad");
      this.map = this.querySelector(".reader-map");
      this.cells = Array.from(this.pad.children);
      this.outputs = Array.from(this.map.children);
      this.bars = Array.from(this.querySelectorAll(".reader-bar"));
      this.ink = new Uint8Array(FINE * FINE);
      this.at = [3, 3];
      this.shown = 3;
      this.filter = Number(this.dataset.filter);
      var script = element("script");
      script.src = (document.documentElement.dataset.content_root || "") + "digit-reader-data.js";
      script.addEventListener("load", this.begin.bind(this));
      document.head.append(script);
    }

    begin() {
      this.network = digitNetwork.unpack(window.digitReaderData.parameters);
      this.window = element("b", "reader-window");
      this.cursor = element("b", "reader-cursor");
      this.dots = element("canvas", "reader-dots");
      this.dots.width = this.dots.height = FINE;
      this.pad.append(this.dots, this.cursor, this.window);
      var stage = this.querySelector(".reader-stage"), how = element("span", "visually-hidden", WORDS.how), row = element("div", "reader-row");
      stage.removeAttribute("role");
      stage.removeAttribute("aria-label");
      how.id = "reader-how";
      this.pad.tabIndex = 0;
      this.pad.setAttribute("role", "application");
      this.pad.setAttribute("aria-label", WORDS.pad);
      this.pad.setAttribute("aria-describedby", how.id);
      this.map.setAttribute("aria-hidden", "true");
      this.querySelector(".reader-bars").setAttribute("aria-hidden", "true");
      this.status = element("p", "reader-status");
      this.status.setAttribute("role", "status");
      row.append(this.status, this.button(WORDS.another, this.another), this.button(WORDS.clear, this.clear));
      this.append(how, row);
      this.pad.addEventListener("pointerdown", this.press.bind(this));
      this.pad.addEventListener("pointermove", this.draw.bind(this));
      this.pad.addEventListener("pointerup", this.lift.bind(this));
      this.pad.addEventListener("pointercancel", this.lift.bind(this));
      this.pad.addEventListener("keydown", this.type.bind(this));
      this.show(window.digitReaderData.digits[this.shown]);
    }

    button(words, act) {
      var made = element("button", "reader-button", words);
      made.type = "button";
      made.addEventListener("click", act.bind(this));
      return made;
    }

    /* A digit of the data set: its counts become dots again, so that it can be drawn on. */
    show(counts) {
      this.drawn = false;
      this.ink.fill(0);
      counts.forEach(function (count, cell) {
        for (var dot = 0; dot < count; dot++) this.ink[this.dot(Math.floor(cell / SIDE), cell % SIDE, dot)] = 1;
      }, this);
      this.read(Float64Array.from(counts, function (count) { return count / 16; }));
    }

    dot(row, column, at) {
      return (row * BLOCK + Math.floor(at / BLOCK)) * FINE + column * BLOCK + at % BLOCK;
    }

    another() {
      this.shown = (this.shown + 1) % 10;
      this.show(window.digitReaderData.digits[this.shown]);
    }

    clear() {
      this.ink.fill(0);
      this.dotted();
      this.read(new Float64Array(SIDE * SIDE));
    }

    press(event) {
      event.preventDefault();
      this.pad.setPointerCapture(event.pointerId);
      if (!this.drawn) this.ink.fill(0);
      this.drawn = true;
      this.last = null;
      this.draw(event);
    }

    draw(event) {
      if (!this.pad.hasPointerCapture(event.pointerId)) return;
      var box = this.pad.getBoundingClientRect();
      var to = [(event.clientX - box.left) / box.width * FINE, (event.clientY - box.top) / box.height * FINE], from = this.last || to;
      var steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1])));
      for (var i = 1; i <= steps; i++) this.blot(from[0] + (to[0] - from[0]) * i / steps, from[1] + (to[1] - from[1]) * i / steps);
      this.last = to;
      this.dotted();
    }

    blot(x, y) {
      for (var row = Math.floor(y - PEN); row <= y + PEN; row++) for (var column = Math.floor(x - PEN); column <= x + PEN; column++) {
        var near = Math.hypot(column + .5 - x, row + .5 - y) <= PEN;
        if (near && row >= 0 && row < FINE && column >= 0 && column < FINE) this.ink[row * FINE + column] = 1;
      }
    }

    lift() {
      clearTimeout(this.timer);
      this.timer = setTimeout(function () { this.read(digitNetwork.fitted(this.ink)); }.bind(this), WAIT);
    }

    type(event) {
      var moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!moves && event.key !== " ") return;
      event.preventDefault();
      if (moves) this.at = this.at.map(function (one, axis) { return Math.max(0, Math.min(SIDE - 1, one + moves[axis])); });
      else {
        if (!this.drawn) this.ink.fill(0);
        this.drawn = true;
        var inked = this.ink[this.dot(this.at[0], this.at[1], 0)];
        for (var dot = 0; dot < BLOCK * BLOCK; dot++) this.ink[this.dot(this.at[0], this.at[1], dot)] = inked ? 0 : 1;
        this.dotted();
        this.lift();
      }
      this.cursor.style.setProperty("--row", this.at[0]);
      this.cursor.style.setProperty("--column", this.at[1]);
    }

    /* While somebody draws, the dots are shown as they are; then what the network is given. */
    dotted() {
      var context = this.dots.getContext("2d"), color = getComputedStyle(this.pad).color;
      cancelAnimationFrame(this.frame);
      clearTimeout(this.timer);
      context.clearRect(0, 0, FINE, FINE);
      context.fillStyle = color;
      this.ink.forEach(function (dot, at) { if (dot) context.fillRect(at % FINE, Math.floor(at / FINE), 1, 1); });
      this.classList.add("is-drawing");
    }

    read(image) {
      var found = digitNetwork.forward(this.network, image), shares = digitNetwork.shares(found.logits);
      var map = found.maps.subarray(this.filter * 64, this.filter * 64 + 64), most = Math.max.apply(null, map) || 1;
      var blank = image.every(function (one) { return one === 0; }), digit = shares.indexOf(Math.max.apply(null, shares));
      this.classList.remove("is-drawing");
      this.cells.forEach(function (cell, at) { cell.style.setProperty("--v", image[at]); });
      this.bars.forEach(function (bar, at) { bar.style.setProperty("--v", blank ? 0 : shares[at]); });
      this.status.textContent = blank ? WORDS.empty : say(WORDS.reads, { digit: digit, share: percent(shares[digit]) });
      if (this.drawn && blank) this.drawn = false;
      this.slide(map, most);
    }

    /* The window goes over the image row by row, and leaves an output at each place. */
    slide(map, most) {
      var still = matchMedia("(prefers-reduced-motion: reduce)").matches, begun = null, done = 0;
      var step = function (now) {
        if (begun === null) begun = now;
        var until = still ? 64 : Math.min(64, Math.floor((now - begun) / SLIDE * 64) + 1);
        if (done === 0 && !still) this.outputs.forEach(function (one) { one.style.setProperty("--v", 0); });
        for (; done < until; done++) this.outputs[done].style.setProperty("--v", map[done] / most);
        this.window.style.setProperty("--row", Math.floor((done - 1) / SIDE));
        this.window.style.setProperty("--column", (done - 1) % SIDE);
        this.classList.toggle("is-sliding", done < 64);
        if (done < 64) this.frame = requestAnimationFrame(step);
      }.bind(this);
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(step);
    }
  });
})();
