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

/* What is far from the window waits until the page is there. Far sections are left out while it loads (far_sections.py), and laid out
   afterwards, some blocks whenever the browser has time: then the scroll bar is right, and a picture of the whole page is whole. After
   them come the components that are still waiting, one at a time; one that comes near the window is made at once. Browsers look at
   every field of a page that is there, and lay out all that is around it: so no field may be made in a section that is left out. */
(function () {
  "use strict";
  var BLOCKS = 150;  // elements that are laid out at a time: a slow phone takes a twentieth of a second
  var idle = window.requestIdleCallback || function (work) { setTimeout(work, 20); };
  var waiting = new Set(), due = new WeakSet(), done = false;
  var watcher = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) { if (entry.isIntersecting) make(entry.target); });
  }, { rootMargin: "50% 0px" });
  function make(one) {
    watcher.unobserve(one);
    if (!waiting.delete(one) || !one.isConnected) return;
    due.add(one);
    one.connectedCallback();
  }

  /** Whether a component has to wait; it will be connected once more when it is due. A link to its settings can't wait. */
  window.courseLater = function (one) {
    if (done || due.has(one) || location.hash.indexOf("play") >= 0) return false;
    waiting.add(one);
    watcher.observe(one);
    return true;
  };

  function count(one) { return one.getElementsByTagName("*").length + 1; }
  /** A section's blocks, in groups of about as many elements. */
  function groups(section) {
    var found = [[]], size = 0;
    (function walk(parent) {
      Array.from(parent.children).forEach(function (one) {
        var more = count(one);
        if (one.localName === "section" && more > BLOCKS) { walk(one); return; }
        if (size && size + more > BLOCKS) { found.push([]); size = 0; }
        found[found.length - 1].push(one);
        size += more;
      });
    })(section);
    return found;
  }
  function stepsOf(section) {
    var parts = groups(section), shown = section.getBoundingClientRect(), steps;
    if (shown.bottom > -innerHeight / 2 && shown.top < innerHeight * 1.5) { // the browser has laid it out: no block of it may go
      return [function () { section.style.contentVisibility = "visible"; }];
    }
    steps = [function () {
      parts.slice(1).forEach(function (part) { part.forEach(function (one) { one.classList.add("later"); }); });
      section.style.contentVisibility = "visible";
    }];
    parts.slice(1).forEach(function (part) {
      steps.push(function () { part.forEach(function (one) { one.classList.remove("later"); }); });
    });
    return steps;
  }

  /* What the reader looks at stays where it is: at the top of the page nothing moves, and below it what is above may grow or
     shrink. Not every browser sees to that, and none does where the page is too short for a moment. Whoever scrolls, the reader or a script, goes to another place. */
  var place = null, BLOCK = "p, li, dt, dd, pre, table, figure, summary, h1, h2, h3, h4, .math-scroll";
  function topOf(one) { return one.getBoundingClientRect().top; }
  function inside(one) { return one && topOf(one) >= 0 && topOf(one) < innerHeight; }
  var scrolled = false, kept = -1; // at the top nothing is asked: scrollY has the browser lay out all that waits
  function onScroll() { scrolled = true; }
  addEventListener("scroll", onScroll, { passive: true });
  function look() {
    if (!scrolled) return null;
    var target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (inside(target)) return { one: target, top: topOf(target) };
    var article = document.querySelector(".bd-article"), box = article && article.getBoundingClientRect();
    for (var part = 2; box && part < 9; part++) {
      var found = document.elementFromPoint(box.left + box.width / 2, innerHeight * part / 10);
      var block = found && article.contains(found) && found.closest(BLOCK);
      if (block) return { one: block, top: topOf(block) };
    }
    return null;
  }
  function keepPlace(step) {
    if (place && scrollY !== kept) place = null;
    place = place || look();
    step();
    if (!place || !place.one.isConnected) { place = null; return; }
    var moved = topOf(place.one) - place.top;
    if (Math.abs(moved) >= 1) scrollBy({ top: moved, behavior: "instant" });
    kept = scrollY;
  }

  addEventListener("load", function () {
    var far = Array.from(document.querySelectorAll('.bd-article > section > section[style*="--narrow"]')), steps = [];
    function next() {
      if (!steps.length && far.length) steps = stepsOf(far.shift());
      if (steps.length) keepPlace(steps.shift());
      else if (waiting.size) keepPlace(function () { make(waiting.values().next().value); });
      else { done = true; removeEventListener("scroll", onScroll); document.dispatchEvent(new Event("laid-out")); return; }
      idle(next, { timeout: 100 });
    }
    if (location.hash) {
      scrolled = true;
      keepPlace(function () {});
    }
    idle(function () {
      scrolled = scrolled || scrollY > 0;
      next();
    }, { timeout: 100 });
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
    if (!matchMedia("(min-width: 60rem)").matches && !document.querySelector("dialog[open]")) return; // it is not shown
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
