/* Shows what search.js finds, as a reader types: in the theme's dialog on every page, and on the search page.
   site.js loads this file, with the entries, when a search field gets the focus. */
if (typeof document !== "undefined") (function () {
  "use strict";
  var WORDS = (window.courseWords || Object)({
    none: "Nothing found for “{query}”. Try fewer words, or one of them in another form.",
    one: "1 result",
    many: "{count} results",
    first: "The first {count} results",
    hint: "Arrow keys choose a result, Enter opens it.",
    chapter: "Chapter {number}",
    exercise: "Exercise {number}",
    term: "Glossary"
  });
  var IN_DIALOG = 8, ON_PAGE = 40;
  var root = document.documentElement.dataset.content_root || "", prepared = null;

  function say(words, values) {
    return words.replace(/\{(\w+)\}/g, function (whole, name) { return values[name]; });
  }

  function element(tag, className, text) {
    var made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function marked(tag, className, pieces) {
    var made = element(tag, className);
    pieces.forEach(function (piece) { made.append(piece[1] ? element("mark", "", piece[0]) : piece[0]); });
    return made;
  }

  /* Where a result is, in words: "Chapter 3 · Stride: larger steps, and back". */
  function place(result) {
    var parts = [];
    if (result.kind === "term") return WORDS.term;
    if (result.chapter) parts.push(say(WORDS.chapter, { number: result.chapter }));
    if (!result.whole) parts.push(result.page);
    if (result.kind === "exercise") parts.push(say(WORDS.exercise, { number: result.number }));
    return parts.join(" · ");
  }

  function item(result) {
    var made = element("li"), link = element("a"), title = marked("span", "found-title", result.titlePieces);
    link.href = root + result.address;
    if (result.number && result.kind !== "exercise" && !result.whole) title.prepend(element("span", "found-number", result.number + " "));
    link.append(title);
    var where = place(result);
    if (where) link.append(element("span", "found-place", where));
    if (result.pieces.length) link.append(marked("span", "found-text", result.pieces));
    made.append(link);
    return made;
  }

  function attach(form) {
    var input = form.querySelector("input[name=q]"), dialog = form.closest("dialog");
    var box = dialog ? element("div", "found-box") : document.getElementById("search-results");
    var status = element("p", "found-status"), list = element("ol", "found");
    status.setAttribute("role", "status");
    if (dialog) dialog.append(box);
    box.replaceChildren(status, list);
    input.addEventListener("keydown", function (event) { if (event.key === "Escape" && !dialog) input.value = ""; });

    function show() {
      var query = input.value.trim(), limit = dialog ? IN_DIALOG : ON_PAGE;
      var found = query ? courseSearch.find(prepared, query, limit + 1) : [], shown = found.slice(0, limit);
      list.replaceChildren.apply(list, shown.map(item));
      var words = found.length > limit ? WORDS.first : found.length === 1 ? WORDS.one : found.length ? WORDS.many : WORDS.none;
      status.textContent = query ? say(words, { count: shown.length, query: query }) + (found.length && dialog ? ". " + WORDS.hint : "") : "";
      box.hidden = !query;
      if (!dialog) history.replaceState(history.state, "", location.pathname + (query ? "?q=" + encodeURIComponent(query) : ""));
    }

    function step(event) {
      var links = Array.from(list.querySelectorAll("a")), at = links.indexOf(document.activeElement);
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp" || !links.length) return;
      if (event.target !== input && at < 0) return;
      event.preventDefault();
      var next = at + (event.key === "ArrowDown" ? 1 : -1);
      if (at < 0 && event.key === "ArrowUp") return;
      if (next < 0) input.focus();
      else if (next < links.length) links[next].focus();
    }

    // The theme closes its dialog on Escape in the field; from a result, it is closed here.
    if (dialog) dialog.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && event.target !== input) dialog.close();
    });
    input.addEventListener("input", show);
    (dialog || form.parentElement).addEventListener("keydown", step);
    // A result on this very page closes the dialog in front of it.
    list.addEventListener("click", function (event) { if (dialog && event.target.closest("a")) dialog.close(); });
    if (!dialog) {
      input.value = input.value || new URLSearchParams(location.search).get("q") || "";
      form.addEventListener("submit", function (event) {
        event.preventDefault();
        show();
      });
    }
    show();
  }

  prepared = courseSearch.prepare(courseSearch.data);
  document.querySelectorAll("form.bd-search").forEach(attach);
})();
