/* Reading that remembers: which sections were read, where the reader was, which answers were right. All of it is in
   this browser's localStorage, under one key; nothing is sent, and a dialog shows, saves, loads and erases it. */
(function () {
  "use strict";
  var WORDS = (window.courseWords || Object)({
    left: "About {minutes} min left",
    allRead: "Chapter read",
    sections: "{read} of {of} sections read",
    section: "read",
    markAll: "Mark the chapter as read",
    unmarkAll: "Mark the chapter as unread",
    answered: "✓ answered",
    resume: "Continue at {number}",
    resumeAt: "{title}",
    open: "What this browser remembers",
    title: "What this browser remembers",
    told: "Where you were, which sections you read to their end, and which answers you had right. It is kept in this browser alone, and no page sends it anywhere.",
    nothing: "Nothing yet.",
    place: "Last place: {number} {title}",
    chapters: "Sections read: {count}; chapters begun: {pages}",
    answers: "Answers right: {count}",
    save: "Save as a file",
    load: "Load a file",
    erase: "Erase",
    close: "Close",
    erased: "Erased.",
    loaded: "Loaded.",
    unreadable: "That file was not saved here. Choose one that “Save as a file” wrote.",
    unavailable: "This browser does not let pages keep anything."
  });
  var KEY = "course-reading", FILE = "reading.json";
  var HERE = (typeof DOCUMENTATION_OPTIONS === "undefined" ? {} : DOCUMENTATION_OPTIONS).pagename || "";
  var PACE = 100; // Letters a second: nobody reads five times as fast. Slower, and a section's end was read, not passed.

  function say(words, values) {
    return words.replace(/\{(\w+)\}/g, function (whole, name) { return values[name]; });
  }

  function element(tag, className, text) {
    var made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function button(text, act) {
    var made = element("button", "reading-button", text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  /* What is kept. A browser may forbid a page its storage: then the page is one without memory. */
  function storage() {
    try { return window.localStorage; } catch (forbidden) { return null; }
  }

  function empty() { return { version: 1, place: null, read: {}, answered: {} }; }

  function isText(one) { return typeof one === "string"; }

  /* A page of this book and nothing else: it becomes the address of a link. */
  function isPlace(one) {
    return one && ["page", "id", "number", "title"].every(function (name) { return isText(one[name]); }) && /^\w[\w/-]*$/.test(one.page);
  }

  function isTexts(one) { return Array.isArray(one) && one.every(isText); }

  /* What a text says, if it is what this script writes, else null: a file may come from anywhere. */
  function understood(text) {
    var found;
    try { found = JSON.parse(text); } catch (notJson) { return null; }
    var pages = function (map, fits) { return map && typeof map === "object" && Object.values(map).every(fits); };
    var good = found && found.version === 1
      && (found.place === null || isPlace(found.place))
      && pages(found.read, function (one) { return one && isTexts(one.ids) && Number.isInteger(one.of); }) && pages(found.answered, isTexts);
    return good ? { version: 1, place: found.place, read: found.read, answered: found.answered } : null;
  }

  var store = storage(), state = (store && understood(store.getItem(KEY))) || empty();
  var resting = false; // After "Erase" nothing is noted until the next page: what is in view would come back at once.

  function keep() {
    if (store) store.setItem(KEY, JSON.stringify(state));
    show();
  }

  /* The page's own sections */
  var article = document.querySelector(".bd-article"), facts = document.querySelector(".chapter-facts .fact-time");
  var sections = facts ? Array.from(article.querySelectorAll(":scope > section > section[id]")).map(function (node) {
    var letters = Array.from(node.querySelectorAll("p, li, td")).reduce(function (sum, one) { return sum + one.textContent.length; }, 0);
    return { node: node, id: node.id, letters: letters, seconds: 0 };
  }) : [];

  function readHere() { return (state.read[HERE] || { ids: [] }).ids; }

  function setRead(ids) {
    if (ids.length) state.read[HERE] = { ids: ids, of: sections.length };
    else delete state.read[HERE];
    keep();
  }

  function heading(node) {
    var title = node.querySelector(":scope > h2").cloneNode(true), number = title.querySelector(".section-number");
    title.querySelectorAll(".headerlink, .section-number").forEach(function (one) { one.remove(); });
    return { number: number ? number.textContent.replace(/\.?\s*$/, "") : "", title: title.textContent.trim() };
  }

  /* Once a second: where the reader is, and whether a section was read to its end. */
  function look() {
    if (document.hidden || resting) return;
    var low = innerHeight * .6, current = null, ids = readHere(), seen = [];
    sections.forEach(function (one) {
      var box = one.node.getBoundingClientRect();
      if (box.top < innerHeight && box.bottom > 0) one.seconds += 1;
      if (box.top < low && box.bottom > 0) current = one;
      if (box.bottom <= innerHeight + 40 && box.bottom > 0 && one.seconds >= Math.max(3, one.letters / PACE) && ids.indexOf(one.id) < 0) seen.push(one.id);
    });
    var moved = current && (!state.place || state.place.page !== HERE || state.place.id !== current.id);
    if (moved) state.place = Object.assign({ page: HERE, id: current.id }, heading(current.node));
    if (seen.length) setRead(ids.concat(seen));
    else if (moved) keep();
  }

  /* What is shown */
  function share(page) {
    var one = state.read[page];
    return one ? Math.min(1, one.ids.length / one.of) : 0;
  }

  function pageOf(link) {
    var root = new URL(document.documentElement.dataset.content_root || "./", location.href).pathname;
    var path = new URL(link.href, location.href).pathname;
    return link.getAttribute("href") === "#" ? HERE : path.indexOf(root) ? "" : decodeURIComponent(path.slice(root.length)).replace(/\.html$/, "");
  }

  function mark(link) {
    var page = pageOf(link), one = state.read[page], old = link.querySelectorAll(".read-ring, .read-said");
    old.forEach(function (part) { part.remove(); });
    var stop = link.closest(".chapter-map li");
    if (stop) stop.style.setProperty("--read", share(page));
    if (!one || page.indexOf("chapters/")) return;
    var ring = element("span", "read-ring" + (share(page) === 1 ? " is-full" : ""));
    ring.style.setProperty("--read", share(page));
    if (!stop) link.append(ring);
    link.append(element("span", "read-said visually-hidden", " (" + say(WORDS.sections, { read: one.ids.length, of: one.of }) + ")"));
  }

  function minutesLeft() {
    var all = 0, left = 0, ids = readHere();
    sections.forEach(function (one) {
      all += one.letters;
      if (ids.indexOf(one.id) < 0) left += one.letters;
    });
    return Math.ceil(Number(/\d+/.exec(facts.textContent)[0]) * left / all);
  }

  var header = element("span", "reading-left"), end = element("div", "reading-end"), told = element("p");
  var all = button("", function () {
    setRead(share(HERE) === 1 ? [] : sections.map(function (one) { return one.id; }));
  });

  function show() {
    document.querySelectorAll(".bd-links a.reference.internal, .chapter-map a.reference.internal").forEach(mark);
    showContinue();
    var known = boxes();
    document.querySelectorAll(".answered-said").forEach(function (one) { one.remove(); });
    (state.answered[HERE] || []).forEach(function (id) {
      var label = known[id] && known[id].querySelector(".box-label, .exercise-facts");
      if (label) label.append(element("span", "answered-said", " · " + WORDS.answered));
    });
    if (!facts) return;
    var minutes = minutesLeft(), ids = readHere();
    header.textContent = minutes ? say(WORDS.left, { minutes: minutes }) : WORDS.allRead;
    told.textContent = say(WORDS.sections, { read: ids.length, of: sections.length });
    all.textContent = share(HERE) === 1 ? WORDS.unmarkAll : WORDS.markAll;
    document.querySelectorAll(".page-toc a").forEach(function (link) {
      var read = ids.indexOf(link.getAttribute("href").slice(1)) >= 0, said = link.querySelector(".read-said");
      link.classList.toggle("is-read", read);
      if (read && !said) link.append(element("span", "read-said visually-hidden", " (" + WORDS.section + ")"));
      else if (!read && said) said.remove();
    });
  }

  /* The front page's way in */
  function showContinue() {
    var link = document.querySelector(".home-continue");
    if (!link) return;
    link.hidden = !state.place;
    if (!state.place) return;
    link.href = state.place.page + ".html#" + encodeURIComponent(state.place.id);
    link.replaceChildren(say(WORDS.resume, state.place), element("span", "home-where", say(WORDS.resumeAt, state.place)));
  }

  /* Self-checks have no ids: they are counted. */
  function boxes() {
    var found = {};
    document.querySelectorAll(".bd-article .self-check").forEach(function (box, at) { found["check-" + (at + 1)] = box; });
    document.querySelectorAll(".bd-article .exercise[id]").forEach(function (box) { found[box.id] = box; });
    return found;
  }

  document.addEventListener("answered", function (event) {
    var all = boxes(), id = Object.keys(all).find(function (one) { return all[one] === event.target; });
    var known = state.answered[HERE] || [];
    if (!id || known.indexOf(id) >= 0) return;
    state.answered[HERE] = known.concat(id);
    keep();
  });

  /* The dialog */
  function openDialog() {
    var dialog = element("dialog", "reading-dialog"), list = element("ul"), status = element("p", "reading-status"), file = element("input");
    function fill() {
      var pages = Object.keys(state.read), count = pages.reduce(function (sum, one) { return sum + state.read[one].ids.length; }, 0);
      var right = Object.values(state.answered).reduce(function (sum, one) { return sum + one.length; }, 0), lines = [];
      if (state.place) lines.push(say(WORDS.place, state.place));
      if (count) lines.push(say(WORDS.chapters, { count: count, pages: pages.length }));
      if (right) lines.push(say(WORDS.answers, { count: right }));
      if (!store) lines = [WORDS.unavailable];
      list.replaceChildren.apply(list, (lines.length ? lines : [WORDS.nothing]).map(function (line) { return element("li", "", line); }));
    }
    function replace(next, words) {
      resting = true;
      state = next;
      keep();
      fill();
      status.textContent = words;
    }
    var title = element("h2", "", WORDS.title), row = element("div", "reading-row");
    title.id = "reading-title";
    dialog.setAttribute("aria-labelledby", title.id);
    status.setAttribute("role", "status");
    file.type = "file";
    file.accept = ".json,application/json";
    file.hidden = true;
    file.addEventListener("change", function () {
      if (file.files.length) file.files[0].text().then(function (text) {
        var found = understood(text);
        if (found) replace(found, WORDS.loaded);
        else status.textContent = WORDS.unreadable;
        file.value = "";
      });
    });
    row.append(button(WORDS.save, function () {
      var link = element("a");
      link.href = URL.createObjectURL(new Blob([JSON.stringify(state, null, 1)], { type: "application/json" }));
      link.download = FILE;
      link.click();
      URL.revokeObjectURL(link.href);
    }), button(WORDS.load, function () { file.click(); }), button(WORDS.erase, function () {
      replace(empty(), WORDS.erased);
    }), button(WORDS.close, function () { dialog.close(); }));
    dialog.append(title, element("p", "", WORDS.told), list, row, file, status);
    dialog.addEventListener("close", function () { dialog.remove(); });
    document.body.append(dialog);
    fill();
    dialog.showModal();
  }

  function start() {
    var home = document.querySelector(".home-memory");
    if (home) home.append(button(WORDS.open, openDialog));
    if (facts && sections.length) {
      document.querySelector(".header-article-items__start").append(header);
      end.append(told, all, button(WORDS.open, openDialog));
      article.append(end);
      setInterval(look, 1000);
    }
    show();
    // Another tab has read on.
    addEventListener("storage", function (event) {
      if (event.key !== KEY) return;
      state = understood(event.newValue) || empty();
      show();
    });
  }
  start();
})();
