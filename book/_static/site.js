/* Boxes that scroll sideways can be reached by keyboard while, and only while, they have something to scroll; a table's says
   that it has. To measure a box lays it out, so it is measured when it comes near the window; until then it can be reached. */
(function () {
  "use strict";
  var BOXES = ".drawing, .pst-scrollable-table-container, .math-scroll, .bd-article pre", near = new Set();
  function say(text) { return window.courseWords ? window.courseWords(text) : text; }
  function update(box) {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else if (box !== document.activeElement && box.getAttribute("tabindex") === "0") box.removeAttribute("tabindex");
    if (!box.matches(".pst-scrollable-table-container")) return;
    if (box.scrollWidth > box.clientWidth + 1) box.dataset.more = say("More columns: scroll sideways →");
    else delete box.dataset.more;
  }
  var observer = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (entry.isIntersecting) { near.add(entry.target); update(entry.target); } else near.delete(entry.target);
    });
  }, { rootMargin: "50% 0px" });
  function all(then) {
    document.querySelectorAll(BOXES).forEach(function (box) {
      box.tabIndex = 0;
      if (then) then(box);
    });
  }
  addEventListener("DOMContentLoaded", function () { all(function (box) { observer.observe(box); }); });
  addEventListener("resize", function () { all(); near.forEach(update); });
  document.addEventListener("toggle", function () { near.forEach(update); }, true);
})();

/* Far sections are left out while the page loads (far_sections.py), and laid out afterwards, one whenever the browser has time:
   then the scroll bar is right, and a picture of the whole page is whole. Components with fields in a far section wait for the
   event at the end: browsers look at every field once a page is there, and would lay out all that is around it at once. */
(function () {
  "use strict";
  var idle = window.requestIdleCallback || function (work) { setTimeout(work, 20); };
  addEventListener("load", function () {
    var far = Array.from(document.querySelectorAll('.bd-article > section > section[style*="--narrow"]'));
    (function next() {
      var section = far.shift();
      if (!section) { document.dispatchEvent(new Event("laid-out")); return; }
      section.style.contentVisibility = "visible";
      idle(next, { timeout: 100 });
    })();
  });
})();

/* A link that leads into a fold opens it, with all folds around it, and goes on to its target. */
(function () {
  "use strict";
  function open() {
    var target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1))), closed = [];
    for (var one = target; one; one = one.parentElement) if (one.localName === "details" && !one.open) closed.push(one);
    closed.forEach(function (fold) { fold.open = true; });
    if (closed.length) target.scrollIntoView();
  }
  addEventListener("DOMContentLoaded", open);
  addEventListener("hashchange", open);
})();

/* On paper the light theme holds and hints and answers stand open; afterwards the page is as it was.
   Both events are needed: older browsers print without the second, and a preview may come without the first. */
(function () {
  "use strict";
  var html = document.documentElement, theme = null, opened = [];
  function toPaper() {
    if (theme !== null) return;
    theme = html.dataset.theme || "auto";
    html.dataset.theme = "light";
    opened = Array.from(document.querySelectorAll(".bd-article details:not(.hide):not([open])"));
    opened.forEach(function (one) { one.open = true; });
  }
  function toScreen() {
    if (theme === null) return;
    html.dataset.theme = theme;
    theme = null;
    opened.forEach(function (one) { one.open = false; });
  }
  addEventListener("beforeprint", toPaper);
  addEventListener("afterprint", toScreen);
  matchMedia("print").addEventListener("change", function (query) { (query.matches ? toPaper : toScreen)(); });
})();

/* Search is fetched when somebody wants to search: when a field has the focus, and on the search page. "/" opens it, as Ctrl-K does. */
(function () {
  "use strict";
  var asked = false;
  function load() {
    if (asked) return;
    asked = true;
    var script = document.createElement("script");
    script.src = (document.documentElement.dataset.content_root || "") + "search-book.js";
    document.head.append(script);
  }
  function typing(target) { return target.closest("input, textarea, select, [contenteditable], conv-playground, solve-here, .solve-room"); }
  // A window without the focus tells of no focus: what was typed or clicked counts as well.
  ["focusin", "input"].forEach(function (kind) {
    addEventListener(kind, function (event) { if (event.target.closest && event.target.closest("form.bd-search")) load(); });
  });
  ["pointerover", "click"].forEach(function (kind) {
    addEventListener(kind, function (event) { if (event.target.closest && event.target.closest(".search-button__button")) load(); }, true);
  });
  addEventListener("keydown", function (event) {
    var button = document.querySelector(".search-button__button");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !button || typing(event.target) || event.target.closest("dialog")) return;
    event.preventDefault();
    button.click();
  });
  addEventListener("DOMContentLoaded", function () { if (document.querySelector(".bd-search-container")) load(); });
})();

/* The sidebar shows where the reader is. The theme puts it where it was on the page before, which another chapter's entry
   may be far from. Only the sidebar scrolls. */
(function () {
  "use strict";
  function show() {
    var here = document.querySelector(".bd-docs-nav a.current"), bar = here && here.closest("dialog, #pst-primary-sidebar");
    if (!bar) return;
    var outer = bar.getBoundingClientRect(), inner = here.getBoundingClientRect();
    var bottom = Math.min(outer.bottom, innerHeight);
    if (inner.top < outer.top || inner.bottom > bottom) bar.scrollTop += inner.top - outer.top - (bottom - outer.top) / 3;
  }
  addEventListener("load", show);
  /* In a narrow window a button moves it into a dialog. */
  document.addEventListener("click", function (event) {
    if (event.target.closest(".primary-toggle")) requestAnimationFrame(show);
  }, true);
})();
