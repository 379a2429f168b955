"""What is said of inputs that a call has changed, in the words that visible tests use, too (solutions/check.py)."""

from __future__ import annotations

from collections.abc import Sequence

from autograde.exam.traits import whole

MAX_NAMED = 4
"""Inputs that are told by name."""
WHY = "`=` alone copies nothing, and `+=`, `*=` and `[...] =` write into what was given; work on a copy"
OF_FLOATS = ", of floats: np.array({}, dtype=float)"
"""For an array of whole numbers, whose copy loses what stands after the point."""


def named(place: Sequence[int | str], names: Sequence[str]) -> str:
    """An input as the student's function knows it: "x", "state['conv1.weight']", "weights[0]"; "" where it has no name.

    Args:
        place: the argument's place or name, and the keys and indices within it.
        names: of the arguments, in order.
    """
    if not place:
        return ""
    first, *inner = place
    if isinstance(first, int):
        if first >= len(names):
            return ""
        first = names[first]
    return first + "".join(f"[{key!r}]" for key in inner)


def changed(places: Sequence[Sequence[int | str]], names: Sequence[str], traits: Sequence[Sequence[str]] = ()) -> str:
    """What a call did to its inputs and what to do: "changed its input `x`: ... work on a copy".

    Args:
        places: of the inputs that it changed.
        names: of the arguments, in order.
        traits: what is special about them, in words.
    """
    told = [f"`{name}`" for name in dict.fromkeys(named(place, names) for place in places) if name]
    if not told:
        return "changed its input: work on a copy"
    more = len(told) - MAX_NAMED
    told = told[:MAX_NAMED] + ([f"{more} more"] if more > 0 else [])
    which = f"inputs {', '.join(told[:-1])} and {told[-1]}" if len(told) > 1 else f"input {told[0]}"
    floats = [
        OF_FLOATS.format(name.strip("`")) for name in told if any(whole(name.strip("`")) in one for one in traits)
    ]
    return f"changed its {which}: {WHY}{floats[0] if floats else ''}"
