/* A drawing in which time or depth runs: a slider draws its lines up to a place.
   <figure-scrubber name="step" first="0" last="20"> around an SVG whose lines are groups of class "scrub", as coursebook.drawing.scrub
   marks them; one that begins later, or ends earlier, has data-first and data-last of its own. Without scripts, and on paper, the lines
   are whole. */
(function () {
  "use strict";
  if (!window.customElements || customElements.get("figure-scrubber")) return;
  var made = 0;

  /** A text in the page's language, with values in its {gaps}. A translated book defines courseWords. */
  function say(text, values) {
    return (window.courseWords ? window.courseWords(text) : text).replace(/\{(\w+)\}/g, function (gap, name) { return values ? values[name] : gap; });
  }

  /** A line's path, with its points as they are written, the marks on it, and from where to where it runs. */
  function line(group, whole) {
    var path = group.querySelector(":scope > path");
    return {
      path: path, points: path.getAttribute("d").trim().split(/\s*(?=[ML])/), marks: group.querySelectorAll("use"),
      first: Number(group.dataset.first || whole.getAttribute("first")), last: Number(group.dataset.last || whole.getAttribute("last"))
    };
  }
  function Scrubber() { return Reflect.construct(HTMLElement, [], Scrubber); }
  Scrubber.prototype = Object.create(HTMLElement.prototype);
  Scrubber.prototype.constructor = Scrubber;
  Object.setPrototypeOf(Scrubber, HTMLElement);
  Scrubber.prototype.connectedCallback = function () {
    if (this.control || (window.courseLater && window.courseLater(this))) return;
    var self = this, id = "scrub" + (++made), first = this.getAttribute("first"), last = this.getAttribute("last");
    var box = document.createElement("p"), label = document.createElement("label");
    this.lines = Array.from(this.querySelectorAll(".scrub"), function (group) { return line(group, self); });
    var most = Math.max.apply(null, this.lines.map(function (one) { return one.points.length; })), step = (last - first) / (most - 1);
    this.control = document.createElement("input");
    Object.assign(this.control, { id: id, type: "range", min: first, max: last, step: Number.isInteger(step) ? step : 1, value: last });
    this.said = document.createElement("output");
    this.said.setAttribute("for", id);
    this.said.setAttribute("aria-live", "off"); // the slider tells its own value
    label.htmlFor = id;
    label.textContent = this.getAttribute("name");
    box.className = "scrub-control";
    box.append(label, this.control, this.said);
    this.append(box);
    this.control.addEventListener("input", function () { self.draw(Number(self.control.value)); });
    addEventListener("beforeprint", function () { self.draw(Number(last)); });
    addEventListener("afterprint", function () { self.draw(Number(self.control.value)); });
    this.draw(Number(last));
  };
  Scrubber.prototype.draw = function (value) {
    this.said.textContent = say("{value} of {last}", { value: value, last: this.getAttribute("last") });
    this.lines.forEach(function (one) {
      var share = Math.min(1, (value - one.first) / (one.last - one.first));
      var kept = Math.max(0, Math.floor(share * (one.points.length - 1) + 1e-9) + 1);
      one.path.setAttribute("d", one.points.slice(0, kept).join(" "));
      one.marks.forEach(function (mark, k) { mark.style.display = k <= share * (one.marks.length - 1) + 1e-9 ? "" : "none"; });
    });
  };
  customElements.define("figure-scrubber", Scrubber);
})();
