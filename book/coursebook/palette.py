"""The eight colors of the book's figures, as hex strings for the light theme; `roles` says what each means.

The site replaces each light value by a CSS variable (``--fig-ink`` and so on), which is how a figure drawn once is
right in the dark theme too. Pixels of a picture are not replaced: they take a color that is right in `both`.
Blue, orange, green, purple and red stay apart under deuteranopia, protanopia and tritanopia, and each has a
contrast of at least 4.5 to the page in its own theme, so text may be set in them. Do not let color alone
carry a meaning: add a label, a hatch or a line style.
"""

LIGHT: dict[str, str] = {
    "ink": "#1f2933",
    "muted": "#616e7c",
    "grid": "#d9dee3",
    "blue": "#0b62a8",
    "orange": "#b4540a",
    "green": "#1a7f5a",
    "purple": "#8b4a9c",
    "red": "#b3261e",
}
DARK: dict[str, str] = {
    "ink": "#e4e8ec",
    "muted": "#9aa5b1",
    "grid": "#3c4650",
    "blue": "#6cb2f0",
    "orange": "#f2a265",
    "green": "#5cc99d",
    "purple": "#cf9be0",
    "red": "#f58a80",
}

ink = LIGHT["ink"]
muted = LIGHT["muted"]
grid = LIGHT["grid"]
blue = LIGHT["blue"]
orange = LIGHT["orange"]
green = LIGHT["green"]
purple = LIGHT["purple"]
red = LIGHT["red"]

CYCLE: tuple[str, ...] = (blue, orange, green, purple, red, muted)
"""The order in which matplotlib hands the colors out; ``matplotlibrc`` repeats it."""


def both(color: str) -> str:
    """The color halfway between a light value and its dark one: a picture's pixels look alike in both themes."""
    name = next(name for name, value in LIGHT.items() if value == color)
    pairs = ((int(LIGHT[name][i : i + 2], 16), int(DARK[name][i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{(light + dark) // 2:02x}" for light, dark in pairs)
