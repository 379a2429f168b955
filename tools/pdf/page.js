/* Turns one built page into a part of the printed book. Runs in the page, with its scripts off.

   options.root       address of the site's folder, with a slash at the end
   options.prefixes   path of a page in the site -> what its ids get in front of them
   options.path       this page's path
   Returns the page's title, its sections and its markup. */
(function (options) {
  "use strict";
  var article = document.querySelector("article.bd-article");
  var prefix = options.prefixes[options.path];
  var every = function (selector, act) { article.querySelectorAll(selector).forEach(act); };

  function renamed(element, tag) {
    var made = document.createElement(tag);
    Array.from(element.attributes).forEach(function (one) { made.setAttribute(one.name, one.value); });
    made.append.apply(made, Array.from(element.childNodes));
    element.replaceWith(made);
    return made;
  }

  // What only a screen needs: anchors, folded plumbing code, links to downloads of the site.
  every("script, style, button, .headerlink, details.hide", function (one) { one.remove(); });
  every("div.cell_input, div.cell", function (one) { if (!one.textContent.trim() && !one.querySelector("svg, img")) one.remove(); });

  // A formula is one drawing, named by its TeX.
  every("[data-tex]", function (one) {
    one.setAttribute("role", "img");
    one.setAttribute("aria-label", one.dataset.tex);
  });

  // What a link would set in an interactive figure can't be set on paper: its words stay, and say where they work.
  every("a.play", function (one) { one.replaceWith(one.textContent + " (on the book's site)"); });

  // Paper cannot be clicked: hints and answers stand open, interactive figures give what they say in words.
  every("details", function (one) {
    var summary = one.querySelector("summary");
    var label = document.createElement("p");
    label.className = "answer-label";
    label.textContent = summary.textContent.trim();
    summary.replaceWith(label);
    renamed(one, "div").className = "answer";
  });
  every("*", function (one) {
    if (one.localName.indexOf("-") < 0) return;
    var kind = one.localName;
    var label = document.createElement("p");
    label.className = "box-label";
    label.textContent = "Interactive on the book's site; in words";
    one.prepend(label);
    renamed(one, "div").dataset.component = kind;
  });

  // The book's parts are its first level, so a page's title is the second. The last first: a heading is moved once.
  [5, 4, 3, 2, 1].forEach(function (level) { every("h" + level, function (one) { renamed(one, "h" + (level + 1)); }); });

  // Links within the site become links within the book; a link to a file that is only in the site becomes its text.
  every("a[href]", function (one) {
    if (one.protocol !== "file:") return;
    var target = one.href.startsWith(options.root) ? one.href.slice(options.root.length) : "";
    var path = decodeURI(target.split(/[?#]/)[0]);
    if (!(path in options.prefixes)) { one.replaceWith.apply(one, Array.from(one.childNodes)); return; }
    one.setAttribute("href", "#" + options.prefixes[path] + (target.split("#")[1] || "top"));
  });
  every("img[src]", function (one) { one.setAttribute("src", one.src); });

  // Ids are unique in a page only: each gets the page's name, and so does what refers to it.
  every("[id]", function (one) { one.id = prefix + one.id; });
  every("[aria-labelledby], [aria-describedby]", function (one) {
    one.removeAttribute("aria-labelledby");
    one.removeAttribute("aria-describedby");
  });
  every("svg *", function (one) {
    Array.from(one.attributes).forEach(function (attribute) {
      if (attribute.localName === "href") attribute.value = attribute.value.replace(/^#/, "#" + prefix);
      else attribute.value = attribute.value.replace(/url\(#/g, "url(#" + prefix);
    });
  });

  var sections = Array.from(article.querySelectorAll("h3"), function (heading) {
    return { id: heading.closest("section").id, title: heading.textContent.trim() };
  });
  return { title: article.querySelector("h2").textContent.trim(), sections: sections, html: article.innerHTML };
})
