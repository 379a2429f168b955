/* Ranks the book's sections for what a reader types. No document is needed: the tests run this outside of a browser.
   search_index.py writes MiniSearch before this file and courseSearch.data after it. */
var courseSearch = (function () {
  "use strict";
  var FIELDS = ["title", "label", "terms", "page", "names", "words"];
  // A section that defines a word links it to the glossary (terms); that says more than how often it has the word.
  var BOOST = { title: 5, label: 5, terms: 6, page: 1.5, names: 1.5, words: 1 };
  var WEIGHT = { section: 1, detail: .5, term: .4, page: .6, exercise: .3, recurring: .4 };
  var EMPTY = {};
  ("a an and are as at be by can could did do does for from has have how i if in into is it its me my of on or should so than that "
    + "the their them then there these they this to up use used was were what which who why will with would you your")
    .split(" ").forEach(function (word) { EMPTY[word] = true; });
  var EXCERPT = 150;

  function plain(text) {
    return text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace(/[’']s\b/g, "")
      .replace(/(\d)\s*[x×]\s*(?=\d)/g, "$1×");
  }

  /* Words, names whole and in parts, and words with a hyphen also as one: "U-Net" is found as "unet". */
  function tokens(text) {
    var found = [];
    (plain(text).match(/[\p{L}\p{N}×]+(?:[-_][\p{L}\p{N}]+)*/gu) || []).forEach(function (word) {
      found.push(word.replace(/-/g, ""));
      if (/[-_]/.test(word)) found.push.apply(found, word.split(/[-_]/));
    });
    return found;
  }

  /* Enough of a stemmer that "strides", "strided" and "stride" are one. */
  function stem(word) {
    if (word.length < 4 || /[\d_]/.test(word)) return word;
    return word.replace(/ies$/, "y").replace(/(sh|ch|x|ss)es$/, "$1").replace(/([^su])s$/, "$1")
      .replace(/(\w{3,})ization$/, "$1ize").replace(/(\w{3,})(?:ing|ed)$/, "$1").replace(/([^aeiouls])\1$/, "$1").replace(/(\w{3,})e$/, "$1");
  }

  function phrase(text) {
    return " " + tokens(text).map(stem).join(" ") + " ";
  }

  function prepare(data) {
    var index = new MiniSearch({
      fields: FIELDS, idField: "at", tokenize: tokens, processTerm: function (term) { return stem(term); }
    });
    var entries = data.entries.map(function (row, at) {
      var page = data.pages[row[0]];
      return {
        at: at, address: page[0] + (row[1] ? "#" + row[1] : ""), number: row[2], kind: row[3], title: row[4],
        label: row[5], terms: row[6].join(" . "), names: row[7], words: row[8], page: page[1], chapter: page[2], whole: !row[1],
        called: [row[5]].concat(row[4].split(": ")).map(phrase), defines: row[6].map(phrase)
      };
    });
    index.addAll(entries);
    return { index: index, entries: entries };
  }

  function asked(query) {
    var all = tokens(query).filter(Boolean), some = all.filter(function (word) { return !EMPTY[word]; });
    return some.length ? some : all;
  }

  /* How much of one of the phrases the asked words are: 1 when they are all of it, 0 when none holds them. */
  function share(phrases, whole) {
    return phrases.reduce(function (most, one) {
      return one.indexOf(whole) < 0 ? most : Math.max(most, Math.pow(whole.length / one.length, 2));
    }, 0);
  }

  /* Where a query's words stand in a text, as [start, end] pairs. */
  function places(text, words) {
    var stems = words.map(stem), found = [], pattern = /[\p{L}\p{N}×_-]+/gu, match;
    while ((match = pattern.exec(text))) {
      var here = tokens(match[0]).map(stem);
      if (here.some(function (one) {
        return stems.some(function (wanted) { return one === wanted || (wanted.length > 2 && one.indexOf(wanted) === 0); });
      })) found.push([match.index, match.index + match[0].length]);
    }
    return found;
  }

  /* The part of a text with most of the query's words, as pieces [text, marked]. */
  function excerpt(text, words) {
    var found = places(text, words), best = 0, most = -1;
    found.forEach(function (place, at) {
      var kinds = {};
      for (var i = at; i < found.length && found[i][1] - place[0] < EXCERPT * .8; i++) {
        kinds[stem(plain(text.slice(found[i][0], found[i][1])))] = true;
      }
      var count = Object.keys(kinds).length;
      if (count > most) { most = count; best = place[0]; }
    });
    var start = Math.max(0, best - 30);
    if (start > 0) start = text.indexOf(" ", start) + 1;
    var end = Math.min(text.length, start + EXCERPT);
    if (end < text.length) end = text.lastIndexOf(" ", end);
    if (end <= start) end = Math.min(text.length, start + EXCERPT);
    var pieces = pieced(text, found, start, end);
    if (start > 0) pieces.unshift(["… ", false]);
    if (end < text.length) pieces.push([" …", false]);
    return pieces;
  }

  function pieced(text, found, start, end) {
    var pieces = [], from = start;
    found.forEach(function (place) {
      if (place[0] < from || place[1] > end) return;
      if (place[0] > from) pieces.push([text.slice(from, place[0]), false]);
      pieces.push([text.slice(place[0], place[1]), true]);
      from = place[1];
    });
    if (from < end) pieces.push([text.slice(from, end), false]);
    return pieces;
  }

  /* Returns the best sections, first the best: {address, number, title, page, kind, pieces, titlePieces, score}. */
  function find(prepared, query, limit) {
    var words = asked(query), whole = phrase(words.join(" ")), last = words[words.length - 1];
    if (!words.length) return [];
    var wanted = words.map(stem).filter(function (one, at, all) { return all.indexOf(one) === at; }).length;
    var found = prepared.index.search(words.join(" "), {
      boost: BOOST, combineWith: "OR",
      prefix: function (term) { return term === stem(last) && term.length > 1; },
      fuzzy: function (term) { return term.length > 4 && !/\d/.test(term) ? .2 : false; },
      weights: { prefix: .6, fuzzy: .25 }
    });
    found.forEach(function (one) {
      var entry = prepared.entries[one.id], has = one.queryTerms.filter(function (term, at, all) { return all.indexOf(term) === at; }).length;
      one.entry = entry;
      one.rank = one.score * WEIGHT[entry.kind] * Math.pow(Math.min(1, has / wanted), 2);
      one.rank *= 1 + Math.max(1.5 * share(entry.called, whole), share(entry.defines, whole));
    });
    found.sort(function (a, b) { return b.rank - a.rank || a.id - b.id; });
    return found.slice(0, limit || 12).map(function (one) {
      var entry = one.entry, text = entry.words || "";
      return {
        address: entry.address, number: entry.number, title: entry.title, page: entry.page, chapter: entry.chapter, kind: entry.kind,
        whole: entry.whole, score: one.rank, titlePieces: pieced(entry.title, places(entry.title, words), 0, entry.title.length),
        pieces: text ? excerpt(text, words) : []
      };
    });
  }

  return { prepare: prepare, find: find, data: null };
})();
