/* A field below a question: type a number, a shape or a small matrix, and be told whether it is right before the fold
   is opened. Nothing is sent or counted; what was right is marked in this browser alone (reading.js). */
var courseAnswers = (function () {
  "use strict";
  /* What a reader types, as rows of numbers; null where it is no such thing. Sizes may be written as 3 × 4 or 3x4. */
  function parse(text, single) {
    var cleaned = text.trim().replace(/[−–]/g, "-").replace(/[\u00a0\u202f\u2009]/g, " ").replace(/\s+/g, " ");
    if (single) cleaned = cleaned.replace(/(\d)[, ](?=\d{3}(?!\d))/g, "$1").replace(/ ?%$/, "");
    var rows = cleaned.replace(/\]\s*,?\s*\[/g, ";").split(";"), made = [];
    for (var i = 0; i < rows.length; i++) {
      var words = rows[i].replace(/[()[\]]/g, " ").replace(/(\d)\s*[x×*]\s*(?=\d)/gi, "$1 ").replace(/,/g, " ").trim().split(/\s+/);
      var row = words.filter(Boolean).map(number);
      if (!row.length || row.some(function (one) { return one === null; })) return null;
      made.push(row);
    }
    return made;
  }

  function number(word) {
    var found = /^([-+]?\d*\.?\d+(?:e[-+]?\d+)?)(?:\/(\d*\.?\d+))?$/i.exec(word);
    if (!found) return null;
    return Number(found[1]) / (found[2] === undefined ? 1 : Number(found[2]));
  }

  /* As exact as the answer is written: 0.93 is right for 0.9307, and 12 for nothing but 12. */
  function near(value, written) {
    var digits = (written.split(".")[1] || "").length;
    return Math.abs(value - Number(written)) <= (digits ? .5 * Math.pow(10, -digits) : 0) + 1e-9;
  }

  function exactly(value, written) { return Math.abs(value - Number(written)) < 1e-9; }

  function same(rows, written, fits) {
    var wanted = written.split(";").map(function (row) { return row.split(" "); });
    return rows.length === wanted.length && rows.every(function (row, i) {
      return row.length === wanted[i].length && row.every(function (value, j) { return fits(value, wanted[i][j]); });
    });
  }

  /* "right", "unread", "count" (another number of numbers), the index of a foreseen wrong answer, or "wrong". */
  function judge(text, right, foreseen) {
    var rows = parse(text, /^[^ ;]+$/.test(right)), known = [right].concat(foreseen);
    if (!rows) return "unread";
    for (var fits of [exactly, near]) {
      var at = known.findIndex(function (one) { return same(rows, one, fits); });
      if (at >= 0) return at ? at - 1 : "right";
    }
    var counts = known.map(function (one) { return one.split(/[ ;]/).length; });
    return counts.indexOf(rows.join().split(",").length) < 0 ? "count" : "wrong";
  }

  return { parse: parse, judge: judge };
})();

if (typeof customElements !== "undefined") (function () {
  "use strict";
  var WORDS = (window.courseWords || Object)({
    check: "Check",
    right: "Right.",
    wrong: "Not that. Try again, or open the answer below.",
    unread: "Write {form}.",
    count: "Write {form}: that is another number of numbers.",
    number: "a number, such as 12 or 0.5",
    row: "{count} numbers, such as {example}",
    matrix: "rows of {count} numbers, such as {example}"
  });
  var made = 0;

  function say(words, values) {
    return words.replace(/\{(\w+)\}/g, function (whole, name) { return values[name]; });
  }

  function element(tag, className, text) {
    var one = document.createElement(tag);
    if (className) one.className = className;
    if (text !== undefined) one.textContent = text;
    return one;
  }

  function form(right) {
    var rows = right.split(";"), count = rows[0].split(" ").length;
    function numbers(from) { return Array.from({ length: count }, function (_, at) { return from + at; }); }
    if (rows.length > 1) return say(WORDS.matrix, { count: count, example: numbers(1).join(" ") + "; " + numbers(count + 1).join(" ") });
    var example = numbers(1).join(", ");
    return count > 1 ? say(WORDS.row, { count: count, example: example }) : WORDS.number;
  }

  customElements.define("answer-field", class extends HTMLElement {
    connectedCallback() {
      if (this.form) return;
      if (window.courseLater && window.courseLater(this)) return;
      var right = this.getAttribute("is-right"), id = "answer-" + (++made), words = form(right);
      var foreseen = Array.from(this.querySelectorAll(".answer-wrong"));
      this.form = element("form", "answer-form");
      this.form.noValidate = true;
      var label = element("label", "answer-label"), input = element("input"), button = element("button", "", WORDS.check);
      var said = element("div", "answer-said");
      label.append.apply(label, Array.from(this.querySelector(".answer-label").childNodes));
      label.htmlFor = input.id = id;
      input.type = "text";
      input.autocomplete = "off";
      input.spellcheck = false;
      input.inputMode = right.indexOf(" ") < 0 && right.indexOf("-") < 0 ? "decimal" : "text";
      input.placeholder = words;
      input.setAttribute("aria-describedby", id + "-said");
      said.id = id + "-said";
      said.setAttribute("role", "status");
      this.form.append(label, input, button);
      this.append(this.form, said);
      this.form.addEventListener("submit", function (event) {
        event.preventDefault();
        var verdict = courseAnswers.judge(input.value, right, foreseen.map(function (one) { return one.dataset.when; }));
        this.dataset.verdict = verdict === "right" ? "right" : "wrong";
        said.replaceChildren();
        if (typeof verdict === "number") said.append(foreseen[verdict].firstElementChild.cloneNode(true));
        else said.append(element("p", "", say(WORDS[verdict], { form: words })));
        if (verdict === "right") this.solve();
      }.bind(this));
      input.addEventListener("input", function () {
        delete this.dataset.verdict;
        said.replaceChildren();
      }.bind(this));
    }

    /* The whole answer says why: it opens once every field of the box is right. */
    solve() {
      var box = this.closest(".self-check, .exercise");
      var fields = Array.from(box.querySelectorAll("answer-field"));
      if (fields.some(function (one) { return one.dataset.verdict !== "right"; })) return;
      var folds = box.querySelectorAll("details");
      folds[folds.length - 1].open = true;
      box.dispatchEvent(new CustomEvent("answered", { bubbles: true }));
    }
  });
})();
