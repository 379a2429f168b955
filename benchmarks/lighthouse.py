"""Lighthouse's figures for the front page, every chapter and the glossary of the built book, on a simulated phone.

python benchmarks/lighthouse.py          # after make book; writes benchmarks/results/lighthouse.json

Needs npm (it fetches Lighthouse once) and Chromium. The pages come from a local server that compresses, as every
web server does. Performance is measured on this machine: run it when the machine is quiet.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "book" / "_build" / "html"
RESULT = ROOT / "benchmarks" / "results" / "lighthouse.json"
VERSION = "12.8.2"
CHAPTERS = sorted(f"chapters/{page.stem}.html" for page in (ROOT / "book" / "chapters").glob("*.md"))
PAGES = ("intro.html", *CHAPTERS, "glossary.html")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
AIMS = {"performance": 95, "accessibility": 100, "best-practices": 95, "seo": 90}
TEXT = {".html", ".css", ".js", ".svg", ".json"}
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"


class Compressing(SimpleHTTPRequestHandler):
    """Serves a folder, text compressed and cacheable."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answers with the file, or 404."""
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        body = path.read_bytes()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Cache-Control", "public, max-age=31536000")
        if path.suffix in TEXT and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def audit(url: str, folder: Path) -> dict[str, object]:
    """Lighthouse's report on one page."""
    report = folder / "report.json"
    command = [
        "npm", "exec", "--yes", f"--package=lighthouse@{VERSION}", "--", "lighthouse", url, "--quiet",
        f"--chrome-flags={FLAGS}", "--output=json", f"--output-path={report}",
        f"--only-categories={','.join(CATEGORIES)}",
    ]  # fmt: skip
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or ""
    subprocess.run(command, check=True, env={**os.environ, "CHROME_PATH": chromium})
    return json.loads(report.read_text("utf-8"))


def summary(report: dict[str, object]) -> dict[str, object]:
    """The four scores, the main times, and what cost points."""
    audits = report["audits"]
    lost = {}
    for category in report["categories"].values():
        for reference in category["auditRefs"]:
            score = audits[reference["id"]]["score"]
            if reference["weight"] and score is not None and score < 0.9:
                lost[reference["id"]] = audits[reference["id"]].get("displayValue") or audits[reference["id"]]["title"]
    times = {
        "first_contentful_paint_ms": round(audits["first-contentful-paint"]["numericValue"]),
        "largest_contentful_paint_ms": round(audits["largest-contentful-paint"]["numericValue"]),
        "total_blocking_time_ms": round(audits["total-blocking-time"]["numericValue"]),
        "layout_shift": round(audits["cumulative-layout-shift"]["numericValue"], 4),
        "transferred_kib": round(audits["total-byte-weight"]["numericValue"] / 1024),
        "elements": round(audits["dom-size"]["numericValue"]),
    }
    scores = {name: round(100 * report["categories"][name]["score"]) for name in CATEGORIES}
    return {"scores": scores, **times, "lost": lost}


def main() -> int:
    """Measures, prints a table, writes the result. Returns 1 when a score is below its aim."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=Path, default=RESULT)
    parser.add_argument("--site", type=Path, default=SITE, help="the built pages (default: %(default)s)")
    parser.add_argument("pages", nargs="*", default=list(PAGES))
    arguments = parser.parse_args()
    if not (arguments.site / "intro.html").is_file():
        sys.exit("there is no book to measure: run make book first")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Compressing, directory=str(arguments.site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    results = {}
    print(f"{'page':26s}" + "".join(f"{name:>16s}" for name in CATEGORIES))
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.pages:
            report = audit(f"http://127.0.0.1:{server.server_port}/{name}", Path(folder))
            results[name] = summary(report)
            print(f"{name:26s}" + "".join(f"{results[name]['scores'][one]:16d}" for one in CATEGORIES), flush=True)
    server.shutdown()
    about = {"lighthouse": VERSION, "machine": f"{platform.machine()}, {os.cpu_count()} cores", "form_factor": "mobile"}
    arguments.output.write_text(json.dumps({"about": about, "aims": AIMS, "pages": results}, indent=2) + "\n", "utf-8")
    return int(any(one["scores"][name] < aim for one in results.values() for name, aim in AIMS.items()))


if __name__ == "__main__":
    sys.exit(main())
