"""A drawing in a page has as few elements as show it: its letters are text, and groups that say nothing are gone.

Matplotlib draws each letter as an outline of its own, and puts every part into a group with an id. A page of a dozen
figures has thousands of elements from that, which the browser keeps, styles and places. Here a line of letters becomes
one text again, which a reader can select, find and have translated. It is as wide as it was drawn, in whatever font
there is. Powers of ten are text, too; other formulas stay outlines.
"""

import re
from functools import cache

_LINE = re.compile(
    r"<!-- (?P<said>[^<>]*?) -->\s*"
    r'<g(?: style="(?P<style>[^"]*)")? transform="(?P<place>[^"]*?)\s*scale\((?P<scale>[\d.]+) -[\d.]+\)">\s*'
    r"(?P<outlines><defs>.*?</defs>)?\s*"
    r'(?P<letters>(?:<use xlink:href="#DejaVuSans(?:-Bold)?-[0-9a-f]+"(?: transform="[^"]*")?/>\s*)+)</g>',
    re.DOTALL,
)
_LIGATURE = re.compile("ff[il]|f[fil]")
_POWER = re.compile(r"\$(?:\\mathdefault\{)?10\^\{(?P<of>-?\d+)\}\}?\$")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_OUTLINE = re.compile(r"<path (?![^>]*\bid=)[^>]*/>")
_DEFINITIONS = re.compile(r"<defs>(?P<all>(?:\s*<path [^>]*/>)*)\s*</defs>")
_INVISIBLE = re.compile(r'<path [^>]*style="fill: none"/>')
_GROUP = re.compile(r"<g\b[^>]*?(?P<empty>/?)>|</g>")
_COORDINATES = re.compile(r'\b(?P<name>d|x|y)="(?P<all>[^"]*)"')
_LONG = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
_CLIP = re.compile(r'<clipPath id="(?P<name>[^"]*)">\s*<rect (?P<told>[^>]*)/>\s*</clipPath>\s*')
_CLIPPED = re.compile(r'<g clip-path="url\(#(?P<name>[^)]*)\)">\s*(?P<picture><image [^>]*/>)\s*</g>')
_ONLY_CLIPS = re.compile(r"<defs>\s*(?P<clips>(?:<clipPath [^>]*>\s*<rect [^>]*/>\s*</clipPath>\s*)*)</defs>")
_BOX = re.compile(r'\b(x|y|width|height)="([-\d.]+)"')
_FLIPPED = re.compile(r'transform="scale\(1 -1\) translate\(0 -(?P<by>[\d.]+)\)"')
_HARDLY = 0.5
_FONT_SCALE = 100  # the size at which matplotlib draws outlines


@cache
def _width(text: str, *, bold: bool) -> float:
    """How wide matplotlib draws a line of letters, in units of a hundredth of its size."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family="DejaVu Sans", size=_FONT_SCALE, weight="bold" if bold else "normal")
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0])


def letters_as_text(source: str) -> str:
    """Returns an SVG file's text in which each line of outlined letters is a ``text`` element; formulas stay."""

    def line(match: re.Match[str]) -> str:
        said, outlines = _APOSTROPHE.sub("’", match["said"]), match["outlines"] or ""
        power = _POWER.fullmatch(said)
        if power:
            said = f"10{power['of'].translate(_RAISED)}"
        shown = said.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
        letters = match["letters"].count("<use")  # "fi" may be one
        if letters not in (len(shown), len(_LIGATURE.sub("f", shown))) or "- -" in shown:  # no "--" in a comment
            return match[0]
        bold = "DejaVuSans-Bold" in match["letters"]
        scale = float(match["scale"])
        style = f"font-size: {scale * _FONT_SCALE:g}px" + ("; font-weight: bold" if bold else "")
        style += f"; {match['style']}" if match["style"] else ""
        wide = f'textLength="{_width(shown, bold=bold) * scale:.2f}" lengthAdjust="spacingAndGlyphs"'
        return f'{outlines}<text {wide} transform="{match["place"]}" style="{style}">{said}</text>'

    return _LINE.sub(line, source)


def without_idle_paths(source: str) -> str:
    """Drops definitions that nothing can refer to, having no id, and paths without a line and a color."""

    def used(match: re.Match[str]) -> str:
        kept = _OUTLINE.sub("", match["all"]).strip()
        return f"<defs>{kept}</defs>" if kept else ""

    return _INVISIBLE.sub("", _DEFINITIONS.sub(used, source))


def without_idle_groups(source: str) -> str:
    """Drops the groups that have no attribute; what they hold stays."""
    open_groups: list[bool] = []

    def group(match: re.Match[str]) -> str:
        if match[0] == "</g>":
            return "" if open_groups.pop() else match[0]
        idle = match[0] in ("<g>", "<g/>")
        if not match["empty"]:
            open_groups.append(idle)
        return "" if idle else match[0]

    return _GROUP.sub(group, source)


def without_idle_clips(source: str) -> str:
    """Drops the clipping of pictures that end where they are cut, to half a point, and clips that nothing refers to."""
    edges = {match["name"]: match["told"] for match in _CLIP.finditer(source)}

    def picture(match: re.Match[str]) -> str:
        rim, own = dict(_BOX.findall(edges.get(match["name"], ""))), dict(_BOX.findall(match["picture"]))
        if len(rim) < 4 or len(own) < 4:
            return match[0]
        left, top, wide, high = (float(own[key]) for key in ("x", "y", "width", "height"))
        flipped = _FLIPPED.search(match["picture"])
        if flipped:
            top = float(flipped["by"]) - top - high
        elif "transform" in match["picture"]:
            return match[0]
        x, y, across, down = (float(rim[key]) for key in ("x", "y", "width", "height"))
        beyond = (x - left, y - top, left + wide - x - across, top + high - y - down)
        return match["picture"] if max(beyond) <= _HARDLY else match[0]

    source = _CLIPPED.sub(picture, source)
    source = _CLIP.sub(lambda match: match[0] if f"url(#{match['name']})" in source else "", source)
    return _ONLY_CLIPS.sub(r"\g<clips>", source)


def rounded(source: str) -> str:
    """Returns coordinates to a hundredth of a point, which no screen shows."""

    def short(match: re.Match[str]) -> str:
        return f"{round(float(match[0]), 2) + 0.0:.2f}".rstrip("0").rstrip(".")  # + 0.0: no "-0"

    return _COORDINATES.sub(lambda found: f'{found["name"]}="{_LONG.sub(short, found["all"])}"', source)
