"""Figures that code cells draw go into the page as SVG elements, not as files.

Inside the page they can use its CSS variables: each light value of the palette becomes ``var(--fig-NAME)``, so
one drawing is right in both themes. A figure of panels (`coursebook.drawing.panels`) is cut into one SVG a panel, which
the page places by its own width. Builders other than HTML keep the plain SVG.
"""

import html
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from course_ext import drawings
from course_ext.drawn_together import drawn_together
from course_ext.words import _

logger = logging.getLogger(__name__)

_DROPPED = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>|<style\b.*?</style>", re.DOTALL)
_REFERENCE = re.compile(r'(?P<before>\bid="|url\(#|href="#)(?P<name>[^")]+)')
_ID = re.compile(r'\s+id="(?P<name>[^"]+)"')
_COLOR = re.compile(r"#[0-9a-fA-F]{6}\b")
_SVG_TAG = re.compile(r"<svg\b[^>]*>")
_INK = re.compile(r'<g id="\w+_ink"')
"""A drawing with ink on paper (`coursebook.drawing.show_ink`), which the style sheet turns over in the dark theme."""
_SCRUB = re.compile(r'<g id="scrub_(?P<name>[^"_]+)_(?P<first>\d+)_(?P<last>\d+)"')
"""A line that a slider may draw up to a place (`coursebook.drawing.scrub`)."""
_SVG = "http://www.w3.org/2000/svg"
_NAMESPACES = re.compile(r'\s+xmlns(:\w+)?="[^"]*"')
_MARGIN = 2.0
"""Points around a panel, for lines that are half outside of it."""
_SIZE = re.compile(r'\b(width|height)="([0-9.]+)pt"')


def _only_used_ids(text: str) -> str:
    """Drops the ids that nothing in the drawing refers to, and all but the first of those that stand twice.

    Matplotlib gives every group an id, and pictures with equal pixels the same one.
    """
    left = {match["name"] for match in _REFERENCE.finditer(text) if not match["before"].startswith("id=")}

    def keep(match: re.Match[str]) -> str:
        if match["name"] not in left:
            return ""
        left.remove(match["name"])
        return match[0]

    return _ID.sub(keep, text)


def panels(source: str) -> list[str]:
    """The parts of an SVG file of panels, each an SVG of its own; none where the file has no panels.

    A group ``panel_N`` is the rectangle of the panel whose drawing is the group ``panel_axes_N``.
    """
    if 'id="panel_0"' not in source:
        return []
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ET.fromstring(source)
    groups = {group.get("id", "").removesuffix("_ink"): group for group in root.iter(f"{{{_SVG}}}g")}
    definitions = "".join(ET.tostring(one, "unicode") for one in root.findall(f"{{{_SVG}}}defs"))
    found: list[str] = []
    while f"panel_{len(found)}" in groups:
        path = groups[f"panel_{len(found)}"].find(f"{{{_SVG}}}path")
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", "" if path is None else path.get("d", ""))]
        left, top = min(numbers[::2]) - _MARGIN, min(numbers[1::2]) - _MARGIN
        width, height = max(numbers[::2]) + _MARGIN - left, max(numbers[1::2]) + _MARGIN - top
        drawing = ET.tostring(groups[f"panel_axes_{len(found)}"], "unicode")
        box = f'viewBox="{left:.2f} {top:.2f} {width:.2f} {height:.2f}"'
        opening = f'<svg {box} width="{width:.2f}pt" height="{height:.2f}pt">'
        found.append(f"{opening}{'' if found else definitions}{drawing}</svg>")
    return [_NAMESPACES.sub("", one) for one in found]


def inline_svg(source: str, *, label: str, prefix: str, colors: dict[str, str]) -> str:
    """Returns an SVG file's text as an element to stand inside a page; a file of panels as an element around several.

    Args:
        source: the file's text, as matplotlib writes it.
        label: what the figure shows, for readers who do not see it.
        prefix: put before every id, so that two figures of one page do not share one.
        colors: lower-case hex value → name of the palette's color.
    """
    source = drawings.letters_as_text(source)
    parts = panels(source)
    scrubbed = _scrubbed(source)

    def line(match: re.Match[str]) -> str:
        own = "".join(
            f' data-{end}="{match[end]}"' for end in ("first", "last") if scrubbed and match[end] != scrubbed[end]
        )
        return f'<g class="scrub"{own}'

    text = _SCRUB.sub(line, _INK.sub('<g class="ink"', _DROPPED.sub("", "".join(parts) or source)))
    text = drawings.rounded(drawings.without_idle_groups(drawings.without_idle_paths(_only_used_ids(text))))
    text = drawings.without_idle_clips(drawings.without_idle_paths(_only_used_ids(drawn_together(text))))
    text = _REFERENCE.sub(lambda match: f"{match['before']}{prefix}-{match['name']}", text)

    def variable(match: re.Match[str]) -> str:
        name = colors.get(match[0].lower())
        return f"var(--fig-{name}, {match[0]})" if name else match[0]

    text = _COLOR.sub(variable, text)

    name = f' role="img" aria-label="{html.escape(label)}"'
    widest = max((_pixels(part) for part in parts), default=0)

    def tag(match: re.Match[str]) -> str:
        opening = _SIZE.sub(lambda size: f'{size[1]}="{float(size[2]) * 96 / 72:.0f}"', match[0])
        width = _pixels(match[0])
        if parts:
            return f'{opening[:-1]} style="--share: {width / widest:.3f}">'
        drawn = f' style="--drawn: {width}px"' if width else ""
        return f"{opening[:-1]}{drawn}{name}>"

    made = re.sub(r">\s+<", "><", _SVG_TAG.sub(tag, text, count=max(1, len(parts)))).strip()
    if scrubbed:
        told = {**scrubbed, "name": _(scrubbed["name"])}
        runs = " ".join(f'{key}="{html.escape(value)}"' for key, value in told.items())
        made = f"<figure-scrubber {runs}>{made}</figure-scrubber>"
    if not parts:
        return made
    columns = len({re.search(r'viewBox="([\d.-]+)', part)[1] for part in parts})  # type: ignore[index]
    return f'<div class="panels" style="--drawn: {widest}px; --columns: {columns}"{name}>{made}</div>'


def _scrubbed(source: str) -> dict[str, str]:
    """What the lines of a drawing run along, and from where to where all of them together do; nothing without one."""
    lines = [match.groupdict() for match in _SCRUB.finditer(source)]
    if not lines:
        return {}
    ends = {end: str(choose(int(one[end]) for one in lines)) for end, choose in (("first", min), ("last", max))}
    return {**lines[0], **ends}


def _pixels(svg: str) -> int:
    """The width that an SVG's first tag states, in pixels."""
    found = re.search(r'<svg\b[^>]*\bwidth="([0-9.]+)pt"', svg)
    return round(float(found[1]) * 96 / 72) if found else 0


def replace_images(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replaces the images that cells drew by SVG elements, and asks for alt text where there is none."""
    if app.builder.format != "html":
        return
    for number, image in enumerate(list(doctree.findall(nodes.image))):
        uri = image.get("uri", "")
        file = Path(app.srcdir) / uri.lstrip("/")
        if "jupyter_execute" in uri and not image.get("alt"):
            logger.warning("a figure has no alt text", location=image, type="course", subtype="alt")
        if not uri.endswith(".svg") or not file.is_file():
            continue
        if "jupyter_execute" not in uri and "inline" not in image.get("classes", ()):
            continue
        prefix = f"{docname.rsplit('/', 1)[-1]}-{number}"
        source = file.read_text(encoding="utf-8")
        element = inline_svg(source, label=image.get("alt", ""), prefix=prefix, colors=_palette(app))
        image.replace_self(nodes.raw("", f'<div class="drawing">{element}</div>', format="html"))


def _palette(app: Sphinx) -> dict[str, str]:
    if str(app.srcdir) not in sys.path:
        sys.path.insert(0, str(app.srcdir))
    from coursebook.palette import LIGHT

    return {value: name for name, value in LIGHT.items()}


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.connect("doctree-resolved", replace_images)
