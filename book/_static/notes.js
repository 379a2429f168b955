/* Notes on words and papers: what the glossary says of a word, and which paper a citation means, beside the link, on
   hover, focus and tap. Papers are in their links' titles; the glossary's words come with one small script, when the
   first is asked for. */
(function () {
  "use strict";
  var WORDS = (window.courseWords || Object)({ glossary: "In the glossary", bibliography: "In the bibliography" });
  var LATE = 250; // ms that a pointer rests on a link before its note comes
  var note = null, owner = null, timer = 0, touched = false, waiting = null;
  var root = document.documentElement.dataset.content_root || "";

  function element(tag, className, text) {
    var made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function kind(link) {
    var href = link.getAttribute("href") || "";
    if (/glossary\.html#term-/.test(href)) return "glossary";
    return /bibliography\.html#/.test(href) && (link.title || link.dataset.paper) ? "bibliography" : "";
  }

  function target(event) {
    var link = event.target.closest && event.target.closest(".bd-article a.reference.internal");
    return link && kind(link) ? link : null;
  }

  /* courseGlossary is what glossary-notes.js defines: id → HTML that the build made from the glossary's page. */
  function glossary(then) {
    if (window.courseGlossary) return then();
    if (waiting) return waiting.push(then);
    waiting = [then];
    var script = element("script");
    script.src = root + "glossary-notes.js";
    script.addEventListener("load", function () { waiting.forEach(function (one) { one(); }); });
    document.head.append(script);
  }

  function open(link, byTouch) {
    if (owner === link) return;
    close();
    owner = link;
    touched = byTouch;
    if (kind(link) === "bibliography") return show(paper(link));
    glossary(function () {
      var found = window.courseGlossary[decodeURIComponent(link.hash.slice(1))];
      if (owner !== link || !found) return;
      var text = element("div");
      text.innerHTML = found;
      show(text);
    });
  }

  /* The title would be a second, slower note: it moves. Addresses in it become links. */
  function paper(link) {
    if (link.title) {
      link.dataset.paper = link.title;
      link.removeAttribute("title");
    }
    var text = element("p");
    link.dataset.paper.split(/(https?:\/\/[^\s,]+[^\s,.])/).forEach(function (part, at) {
      if (at % 2 === 0) return text.append(part);
      var address = element("a", "reference external", part);
      address.href = part;
      text.append(address);
    });
    return text;
  }

  function show(content) {
    note = element("div", "link-note");
    note.id = "link-note";
    note.append(content);
    if (touched) {
      var more = element("a", "link-note-more", WORDS[kind(owner)]);
      more.href = owner.href;
      note.append(more);
    }
    owner.setAttribute("aria-describedby", "link-note");
    // Beside the link in the document, so that the keyboard comes to its links next.
    var home = owner.closest("p, li, dd, td, figcaption, .sd-card-body") || owner.parentElement;
    home.after(note);
    if (home.localName === "li" || home.localName === "dd" || home.localName === "td") home.append(note);
    place();
    note.addEventListener("pointerenter", function () { clearTimeout(timer); });
    note.addEventListener("pointerleave", later);
  }

  function place() {
    var line = owner.getClientRects()[0], width = Math.min(384, document.documentElement.clientWidth - 24);
    note.style.width = width + "px";
    note.style.left = Math.max(12, Math.min(line.left, document.documentElement.clientWidth - width - 12)) + "px";
    var below = line.bottom + 6, above = line.top - 6 - note.offsetHeight;
    note.style.top = (below + note.offsetHeight > innerHeight && above > 0 ? above : below) + "px";
  }

  function close() {
    clearTimeout(timer);
    if (owner) owner.removeAttribute("aria-describedby");
    if (note) note.remove();
    note = owner = null;
    touched = false;
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(function () { if (!note || !note.contains(document.activeElement)) close(); }, LATE);
  }

  document.addEventListener("pointerover", function (event) {
    var link = target(event);
    if (!link || event.pointerType === "touch") return;
    clearTimeout(timer);
    timer = setTimeout(function () { open(link, false); }, owner === link ? 0 : LATE);
  });
  document.addEventListener("pointerout", function (event) { if (target(event) && event.pointerType !== "touch") later(); });
  document.addEventListener("focusin", function (event) {
    var link = target(event);
    if (link && link.matches(":focus-visible")) open(link, false);
    else if (note && !note.contains(event.target)) close();
  });
  // A first tap shows the note, a second one follows the link.
  document.addEventListener("click", function (event) {
    var link = target(event);
    if (note && !link && !note.contains(event.target)) close();
    if (!link || event.pointerType !== "touch" || (owner === link && note)) return;
    event.preventDefault();
    close();
    open(link, true);
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape" || !note) return;
    var back = note.contains(document.activeElement) ? owner : null;
    close();
    if (back) back.focus();
    close();
  });
  addEventListener("scroll", function () { if (note) place(); }, { passive: true });
  addEventListener("resize", close);
})();
