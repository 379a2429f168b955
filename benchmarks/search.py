"""Three libraries for the book's search, on the built site: how many queries find their section first, at what size.

python benchmarks/search.py            # wants a built book, npm, a network and Chromium; about a minute

MiniSearch as the site uses it is asked as the site asks it. lunr and Pagefind get the same entries, the same weights
of title, label, terms and text where they have weights, and are asked the same. Sizes are what a reader's browser
fetches for a first query, compressed as servers do. Pagefind fetches parts of its index for each query; its size is
the mean over the queries. It needs a server: pages opened from the disk may not fetch.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import json
import subprocess
import tempfile
import threading
from pathlib import Path

import quickjs
from playwright.sync_api import Response, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "book" / "_build" / "html"
QUERIES = json.loads((ROOT / "tests" / "book" / "search_queries.json").read_text("utf-8"))
EXTENSION = ROOT / "book" / "_ext" / "course_ext"
PACKAGES = ("lunr@2.3.9", "pagefind@1.6.0")
BOOST = {"title": 5, "label": 5, "terms": 6, "page": 1.5, "names": 1.5, "words": 1}

PLAIN = """
var BOOST = %s, FIELDS = Object.keys(BOOST), plain = new MiniSearch({fields: FIELDS, idField: "at"});
plain.addAll(entries);
function found(query) {
    return JSON.stringify(plain.search(query, {boost: BOOST, prefix: true, fuzzy: .2}).slice(0, 20).map(one => entries[one.id].address));
}
"""
LUNR = """
var BOOST = %s, index = lunr(function () {
    this.ref("at");
    Object.keys(BOOST).forEach(name => this.field(name, {boost: BOOST[name]}));
    entries.forEach(one => this.add(one));
});
function found(query) {
    const words = query.toLowerCase().split(/[^\\w]+/).filter(Boolean);
    const asked = index.query(q => words.forEach(word => {
        q.term(lunr.tokenizer(word), {boost: 10});
        q.term(lunr.tokenizer(word), {wildcard: lunr.Query.wildcard.TRAILING, boost: 3});
        if (word.length > 4) q.term(lunr.tokenizer(word), {editDistance: 1});
    }));
    return JSON.stringify(asked.slice(0, 20).map(one => entries[one.ref].address));
}
"""
PAGEFIND = """
import * as pagefind from "pagefind";
import { readFileSync } from "node:fs";
const entries = JSON.parse(readFileSync("entries.json", "utf-8"));
const { index } = await pagefind.createIndex();
const safe = text => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
for (const one of entries) {
    await index.addHTMLFile({
        url: "/" + one.address.replace(".html", ".html/").replace("#", ""),
        content: `<html lang="en"><body><h1 data-pagefind-weight="10">${safe(one.title)}</h1>`
            + `<p data-pagefind-weight="10">${safe(one.label)}</p><p data-pagefind-weight="10">${safe(one.terms)}</p>`
            + `<p>${safe(one.names)} ${safe(one.words)}</p><a data-pagefind-meta="address[href]" href="${one.address}"></a></body></html>`,
    });
}
await index.writeFiles({ outputPath: "site/pagefind" });
await pagefind.close();
"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, and says nothing of each."""

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def entries() -> list[dict[str, object]]:
    """The site's entries, with the names that the libraries are told."""
    data = (SITE / "search-book.js").read_text("utf-8").partition("\ncourseSearch.data = ")[2].partition(";\n")[0]
    book = json.loads(data)
    made: list[dict[str, object]] = []
    for at, (page, anchor, _, kind, title, label, terms, names, words) in enumerate(book["entries"]):
        address, chapter, _ = book["pages"][page]
        made.append(
            {
                "at": at, "address": address + (f"#{anchor}" if anchor else ""), "kind": kind, "title": title,
                "label": label, "terms": " . ".join(terms), "page": chapter, "names": names, "words": words,
            }
        )  # fmt: skip
    return made


def packed(text: str) -> int:
    """Bytes on the way to the reader."""
    return len(gzip.compress(text.encode()))


def ranks(found: dict[str, list[str]]) -> list[int]:
    """The place at which each query has its section; 99 where it is not among the first twenty."""
    return [found[query].index(wanted) + 1 if wanted in found[query] else 99 for query, wanted in QUERIES]


def in_quickjs(library: str, data: list[dict[str, object]], script: str) -> dict[str, list[str]]:
    """Asks a library that needs no browser."""
    source = f"var entries = {json.dumps(data)};\n{library}\n{script % json.dumps(BOOST) if '%s' in script else script}"
    call = quickjs.Function("found", source)
    return {query: json.loads(call(query)) for query, _ in QUERIES}


def ours() -> tuple[dict[str, list[str]], int]:
    """The site's own script, as it is."""
    script = (SITE / "search-book.js").read_text("utf-8")
    call = "var prepared = courseSearch.prepare(courseSearch.data);\nfunction found(query) { return JSON.stringify(courseSearch.find(prepared, query, 20).map(one => one.address)); }"
    asked = quickjs.Function("found", f"{script}\n{call}")
    return {query: json.loads(asked(query)) for query, _ in QUERIES}, packed(script)


def pagefind(folder: Path, data: list[dict[str, object]]) -> tuple[dict[str, list[str]], int]:
    """Pagefind's index of the same entries, asked in Chromium over HTTP."""
    (folder / "entries.json").write_text(json.dumps(data), "utf-8")
    (folder / "make.mjs").write_text(PAGEFIND, "utf-8")
    subprocess.run(["node", "make.mjs"], cwd=folder, check=True, capture_output=True)
    (folder / "site" / "index.html").write_text("<!doctype html><title>x</title>", "utf-8")
    handler = functools.partial(Quiet, directory=folder / "site")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found, sizes = {}, []
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        for query, _ in QUERIES:
            page = browser.new_page()
            responses: list[Response] = []
            page.on("response", lambda response, responses=responses: responses.append(response))
            page.goto(f"http://127.0.0.1:{server.server_port}/")
            found[query] = page.evaluate(
                """async query => {
                    const library = await import("/pagefind/pagefind.js");
                    const asked = await library.search(query);
                    const results = await Promise.all(asked.results.slice(0, 20).map(one => one.data()));
                    return results.map(one => one.meta.address);
                }""",
                query,
            )
            bodies = [response.body() for response in responses if response.ok]
            sizes.append(sum(min(len(body), len(gzip.compress(body))) for body in bodies))
            page.close()
        browser.close()
    server.shutdown()
    return found, round(sum(sizes) / len(sizes))


def main() -> None:
    """Prints a row for each library."""
    data = entries()
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    minisearch = (EXTENSION / "minisearch" / "minisearch.min.js").read_text("utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "package.json").write_text('{"private": true}', "utf-8")
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", *PACKAGES], cwd=folder, check=True, capture_output=True
        )
        lunr = (folder / "node_modules" / "lunr" / "lunr.min.js").read_text("utf-8")
        rows = [
            ("MiniSearch, as the site asks it", *ours()),
            ("MiniSearch alone", in_quickjs(minisearch, data, PLAIN), packed(minisearch + text)),
            ("lunr", in_quickjs(lunr, data, LUNR), packed(lunr + text)),
            ("Pagefind", *pagefind(folder, data)),
        ]
    print(f"{len(QUERIES)} queries, {len(data)} entries")
    print(f"{'library':33} first  in three  KB for a query")
    for library, found, size in rows:
        places = ranks(found)
        print(f"{library:33} {places.count(1):5}  {sum(place <= 3 for place in places):8}  {size / 1000:14.0f}")


if __name__ == "__main__":
    main()
