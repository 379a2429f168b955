"""The front page's ``front`` directive: the claim and the way in on the left, a network that reads digits on the right.

The network is chapter 9's, with the parameters that benchmarks/digits.py recorded. Its picture is made when the book is
built, so it is there without scripts; digit-reader.js takes the same elements over and lets a reader draw. The
parameters come in a file of their own, rounded to 16 bits, after the page is there.
"""

import base64
import html
import json
from pathlib import Path

import numpy as np
from docutils import nodes
from docutils.parsers.rst import directives
from numpy.lib.stride_tricks import sliding_window_view
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from course_ext.words import noted

FILE = "digit-reader-data.js"
FIRST_SHOWN = 3
"""The digit on the page before anybody has drawn."""
State = dict[str, np.ndarray]


def parameters(root: Path) -> State:
    """The recorded parameters by torch's names, as 16-bit floats."""
    with np.load(root / "benchmarks" / "results" / "digits.npz", allow_pickle=False) as file:
        return {name: file[name].astype("<f2") for name in sorted(file.files)}


def held_out(root: Path) -> tuple[np.ndarray, np.ndarray]:
    """Digits that the network has not seen, (N, 8, 8) from 0 to 16, and what they are. The split is the notebook's."""
    with np.load(root / "solutions" / "convnet" / "given" / "digits.npz", allow_pickle=False) as file:
        order = np.random.default_rng(0).permutation(len(file["images"]))[1437:]
        return file["images"][order].astype(int), file["labels"][order].astype(int)


def layer(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """(C, H, W) → (F, H, W): a 3 × 3 convolution with padding 1 and a ReLU."""
    windows = sliding_window_view(np.pad(x, ((0, 0), (1, 1), (1, 1))), (3, 3), (1, 2))
    return np.maximum(np.einsum("chwuv,fcuv->fhw", windows, weight) + bias[:, None, None], 0)


def read(state: State, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first layer's maps, and the probabilities of the ten digits."""
    p = {name: value.astype(float) for name, value in state.items()}
    first = layer(image[None] / 16, p["conv1.weight"], p["conv1.bias"])
    second = layer(first.reshape(16, 4, 2, 4, 2).max((2, 4)), p["conv2.weight"], p["conv2.bias"])
    logits = p["fc.weight"] @ second.reshape(32, 2, 2, 2, 2).max((2, 4)).ravel() + p["fc.bias"]
    shares = np.exp(logits - logits.max())
    return first, shares / shares.sum()


def examples(root: Path, state: State) -> list[list[int]]:
    """For each digit the held-out picture that the network is surest of, as 64 numbers."""
    images, labels = held_out(root)
    sure = np.array([read(state, image)[1][label] for image, label in zip(images, labels, strict=True)])
    best = [np.flatnonzero(labels == digit)[sure[labels == digit].argmax()] for digit in range(10)]
    return [images[at].ravel().tolist() for at in best]


def _cells(values: np.ndarray) -> str:
    return "".join(f'<i style="--v:{value:.2f}"></i>' for value in values.ravel())


def picture(state: State, image: np.ndarray, words: str) -> str:
    """The elements that show a digit, a map of it and what it is read as; digit-reader.js changes what they hold."""
    maps, shares = read(state, image)
    shown = int(maps.reshape(16, -1).std(1).argmax())
    bars = "".join(
        f'<span class="reader-bar" style="--v:{share:.3f}"><span>{digit}</span></span>'
        for digit, share in enumerate(shares)
    )
    panels = (("pad", _cells(image / 16)), ("map", _cells(maps[shown] / maps[shown].max())), ("bars", bars))
    inside = "".join(f'<div class="reader-{name}">{parts}</div>' for name, parts in panels)
    stage = f'<div class="reader-stage" role="img" aria-label="{html.escape(words)}">{inside}</div>'
    return f'<digit-reader data-filter="{shown}">{stage}</digit-reader>'


class FrontDirective(SphinxDirective):
    """``:::{front} caption of the network`` with the options start and alt; its body is the claim."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = {"start": directives.unchanged_required, "alt": directives.unchanged_required}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        """Returns the nodes that stand for the directive."""
        missing = set(self.option_spec) - set(self.options)
        if missing:
            raise self.error(f"front lacks: {', '.join(sorted(missing))}")
        root = Path(self.env.srcdir).parent
        state = parameters(root)
        for file in ("benchmarks/results/digits.npz", "solutions/convnet/given/digits.npz"):
            self.env.note_dependency(str(root / file))
        left = nodes.container("", *self.parse_content_to_nodes(), classes=["home-claim"])
        words, label = self.options["start"].rsplit("<", 1)
        start = addnodes.pending_xref(
            "", nodes.inline(text=noted(self.env.app, words.strip())), refdomain="std", reftype="ref",
            reftarget=label.rstrip("> "), refexplicit=True, refwarn=True, refdoc=self.env.docname,
        )  # fmt: skip
        more = nodes.raw("", '<a class="home-continue" href="#" hidden></a>', format="html")
        left += nodes.paragraph("", "", start, more, classes=["home-ways"])
        inline, messages = self.parse_inline(self.arguments[0])
        caption = nodes.paragraph(self.arguments[0], "", *inline, classes=["home-caption"])
        self.set_source_info(caption)
        image = np.array(examples(root, state)[FIRST_SHOWN]).reshape(8, 8)
        right = nodes.container(
            "", nodes.raw("", picture(state, image, noted(self.env.app, self.options["alt"])), format="html")
        )
        right += caption
        right["classes"].append("home-network")
        return [nodes.container("", left, right, classes=["home"]), *messages]


def write(app: Sphinx, exception: Exception | None) -> None:
    """Writes the parameters and the ten digits."""
    root = Path(app.srcdir).parent
    if exception is not None or app.builder.name != "html" or not (root / "benchmarks" / "results").is_dir():
        return
    state = parameters(root)
    packed = {
        name: {"shape": list(value.shape), "values": base64.b64encode(value.tobytes()).decode()}
        for name, value in state.items()
    }
    data = json.dumps({"parameters": packed, "digits": examples(root, state)}, separators=(",", ":"))
    (Path(app.outdir) / FILE).write_text(f"window.digitReaderData = {data};\n", encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.add_directive("front", FrontDirective)
    app.connect("build-finished", write)
