"""Shapes of a drawing that look alike become one element, and so do the marks along a line.

A map of thirty by thirty cells is nine hundred paths as matplotlib writes it, and a curve's dots are an element each.
What lies above what stays so: a shape joins others like it only where it overlaps nothing that is drawn in between.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_ELEMENT = re.compile(
    r"<defs>.*?</defs>|<(?P<tag>path|use|text)\b(?P<told>[^>]*?)(?:/>|>(?P<inside>[^<]*)</(?P=tag)>)|</?[^>]+>",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r'([\w:-]+)="([^"]*)"')
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_DEFINED = re.compile(r'<path (?P<told>[^>]*\bid="(?P<name>[^"]+)"[^>]*)/>')
_PLACE = re.compile(r"translate\((?P<x>[-\d.]+)[ ,](?P<y>[-\d.]+)\)")
_LETTER = re.compile(r'<text [^>]*\btransform="translate\([^)]*\)"[^>]*>(?P<letter>[^<&])</text>')
_SEVERAL = 4
EDGE = 1.0
"""Points by which shapes may overlap that only touch: half of a line's width."""

Box = tuple[float, float, float, float]


@dataclass
class Mark:
    """A shape, a mark or a text.

    Attributes:
        tag: path, use or text.
        told: its attributes.
        box: left, top, right and bottom of what it covers.
        source: as it was written.
        with_it: the marks that are drawn together with it.
    """

    tag: str
    told: dict[str, str]
    box: Box
    source: str
    with_it: list["Mark"] = field(default_factory=list)

    @property
    def kind(self) -> tuple[str, ...]:
        """What two marks have in common that can be drawn together; a text of several letters is alone."""
        if "id" in self.told or (self.tag == "text" and not _LETTER.fullmatch(self.source)):
            return (self.source,)
        own = {"path": ("d",), "use": ("x", "y"), "text": ("transform", "textLength")}[self.tag]
        return (self.tag, *(f"{name}={value}" for name, value in sorted(self.told.items()) if name not in own))

    @property
    def is_line(self) -> bool:
        """Whether it may cross others like it, being a line that hides nothing."""
        return "fill: none" in self.told.get("style", "") and "opacity" not in self.told.get("style", "")


def _overlap(one: Box, other: Box) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return (across > EDGE and down > EDGE) or (across >= 0 and down >= 0 and (_flat(one) or _flat(other)))


def _flat(box: Box) -> bool:
    return min(box[2] - box[0], box[3] - box[1]) <= EDGE


def _of_path(told: dict[str, str]) -> Box | None:
    numbers = [float(one) for one in _NUMBER.findall(told.get("d", ""))]
    if not numbers or len(numbers) % 2:
        return None
    return min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])


def _mark(match: re.Match[str], defined: dict[str, Box]) -> Mark | None:
    """A mark, or None where it can't be told what it covers."""
    told = dict(_ATTRIBUTE.findall(match["told"]))
    if match["tag"] == "text":
        box = _of_text(told)
    elif "transform" in told:
        box = None
    elif match["tag"] == "path":
        box = _of_path(told)
    else:
        around = defined.get(told.get("xlink:href", "").lstrip("#"))
        x, y = float(told.get("x", 0)), float(told.get("y", 0))
        box = (x + around[0], y + around[1], x + around[2], y + around[3]) if around else None
    return Mark(match["tag"], told, box, match[0]) if box else None


def _of_text(told: dict[str, str]) -> Box | None:
    place, size = _PLACE.search(told.get("transform", "")), re.search(r"font-size: ([\d.]+)px", told.get("style", ""))
    if place is None or size is None or "textLength" not in told:
        return None
    x, y, wide, high = float(place["x"]), float(place["y"]), float(told["textLength"]), float(size[1])
    if "rotate" in told["transform"]:
        return x - wide, y - wide, x + wide, y + wide
    return x, y - high, x + wide, y + 0.3 * high


def _together(marks: list[Mark]) -> list[Mark]:
    """The marks that remain, with those that are drawn together with them."""
    kept: list[Mark] = []
    for mark in marks:
        for first in reversed(kept):
            overlaps = any(_overlap(mark.box, one.box) for one in (first, *first.with_it))
            if first.kind == mark.kind and (mark.is_line or not overlaps):
                first.with_it.append(mark)
                break
            if overlaps:
                kept.append(mark)
                break
        else:
            kept.append(mark)
    return kept


def _written(mark: Mark, defined: dict[str, str], number: Iterator[int]) -> str:
    """A mark's element, with all that is drawn together with it."""
    if not mark.with_it:
        return mark.source
    every = [mark, *mark.with_it]
    if mark.tag == "path":
        return mark.source.replace(f'd="{mark.told["d"]}"', f'd="{" ".join(one.told["d"].strip() for one in every)}"')
    if mark.tag == "text":
        return _letters(every)
    if len(every) < _SEVERAL:
        return "".join(one.source for one in every)
    name = mark.told["xlink:href"].lstrip("#")
    made = f"{name}-{next(number)}"
    shape = re.sub(r'\s*id="[^"]*"', "", defined[name])
    outside = {"xlink:href", "x", "y", "style"}
    rest = "".join(f' {key}="{value}"' for key, value in mark.told.items() if key not in outside)
    line = " ".join(f"{'M' if k == 0 else 'L'} {one.told['x']} {one.told['y']}" for k, one in enumerate(every))
    ends = "".join(f' marker-{place}="url(#{made})"' for place in ("start", "mid", "end"))
    style = f"overflow: visible; {mark.told.get('style', '')}"
    return (
        f'<marker id="{made}" markerUnits="userSpaceOnUse" style="{style}">'
        f'<path {shape.strip()}/></marker><path d="{line}" style="fill: none; stroke: none"{ends}{rest}/>'
    )


def _letters(marks: list[Mark]) -> str:
    """One text of letters that have a place each, which is their middle: a reader's font may be narrower."""
    found = [_PLACE.search(one.told["transform"]) for one in marks]
    middles = [
        (float(place["x"]) + float(one.told["textLength"]) / 2, float(place["y"]))
        for one, place in zip(marks, found, strict=True)
        if place
    ]
    letters = "".join(match["letter"] for one in marks if (match := _LETTER.fullmatch(one.source)))
    across, down = (" ".join(f"{round(one[axis], 2):g}" for one in middles) for axis in (0, 1))
    return f'<text x="{across}" y="{down}" style="text-anchor: middle; {marks[0].told["style"]}">{letters}</text>'


def drawn_together(source: str) -> str:
    """Returns an SVG file's text with fewer elements that show the same."""
    shapes = {match["name"]: match["told"] for match in _DEFINED.finditer(source)}
    found = {name: _of_path(dict(_ATTRIBUTE.findall(told))) for name, told in shapes.items()}
    boxes = {name: box for name, box in found.items() if box}
    number = iter(range(len(source)))
    parts: list[str] = []
    marks: list[Mark] = []
    position, scrubbed = 0, 0

    def end_of_run() -> None:
        parts.extend(_written(one, shapes, number) for one in _together(marks))
        marks.clear()

    for match in _ELEMENT.finditer(source):
        between = source[position : match.start()].strip()
        position = match.end()
        mark = _mark(match, boxes) if match["tag"] and not scrubbed else None
        if mark is not None and not between:
            marks.append(mark)
            continue
        if match[0].startswith("<defs>") and not scrubbed and not between:
            parts.append(match[0])  # it shows nothing where it stands
            continue
        end_of_run()
        if match[0].startswith("<g") and (scrubbed or 'class="scrub"' in match[0]):
            scrubbed += not match[0].endswith("/>")
        elif match[0] == "</g>" and scrubbed:
            scrubbed -= 1
        parts += [between, match[0]]
    end_of_run()
    return "".join(parts) + source[position:]
