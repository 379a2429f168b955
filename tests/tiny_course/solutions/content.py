"""A course of one notebook and two functions, all of it in one file: the grader's seam, from the other side."""

from pathlib import Path

import torch

from autograde.course.program import Program
from autograde.questions import Case, Misconception, Question, signed

RIGHT = ["return a @ b", "return np.dot(a, b)", "return np.einsum('ij,jk->ik', a, b)"]
POWERS = ["return np.linalg.matrix_power(a, n)", "return np.eye(len(a)) if n == 0 else a @ power(a, n - 1)"]
POWERS += ["y = np.eye(len(a))\n    for _ in range(n):\n        y = y @ a\n    return y"]
WRONG = {
    ("product", "transposed"): "return (a @ b).T",
    ("product", "first_transposed"): "return a.T @ b",
    ("power", "elementwise"): "return a**n",
}
HEADS = {"product": "def product(a, b):\n    ", "power": "def power(a, n):\n    "}


def idea(key, variant, text):
    """A misconception, told in few words."""
    return Misconception(key, variant, text, "See the formula.", "rows-by-columns")


QUESTIONS = {
    "product": Question(
        "product",
        lambda a, b: a @ b,
        lambda rng: [
            Case("unequal sizes", (signed(rng, 2, 3), signed(rng, 3, 4)), terms=3),
            Case("square", (signed(rng, 3, 3), signed(rng, 3, 3)), terms=3),
        ],
        (
            idea("transposed", lambda a, b: (a @ b).T, "Your product is transposed."),
            idea("first_transposed", lambda a, b: a.T @ b, "You transpose the first matrix."),
        ),
        "rows-by-columns",
    ),
    "power": Question(
        "power",
        torch.linalg.matrix_power,
        lambda rng: [Case(f"n = {n}", (signed(rng, 3, 3), n), terms=30) for n in (0, 1, 3)],
        (idea("elementwise", lambda a, n: a**n, "You raise each number to the power."),),
        "rows-by-columns",
    ),
}


class Products:
    """The content, as the grader asks for it."""

    id, title, names, book = "tiny", "Matrix products", ("products",), Path("none")

    def __init__(self, folder):
        """The folder with course.toml."""
        self.folder = folder

    def notebook(self, name):
        """One source."""
        return self.folder / "products.py"

    def given(self, name):
        """Nothing but what is recorded."""
        return [self.recorded(name)]

    def recorded(self, name):
        """Beside the source."""
        return self.folder / "products.npz"

    def library(self):
        """No earlier assignment."""
        return None

    def questions(self, name):
        """Two."""
        return QUESTIONS

    def sources(self, name):
        """All there is."""
        return [Path(__file__), self.notebook(name)]

    def page(self, label):
        """One page."""
        return f"index.html#{label}"

    def bank(self, name):
        """Three right programs a function, and a wrong one an idea."""
        right = {"product": RIGHT, "power": POWERS}
        found = [
            Program(function, f"{function}-{at}", HEADS[function] + body, None)
            for function, bodies in right.items()
            for at, body in enumerate(bodies)
        ]
        return found + [Program(f, key, HEADS[f] + body, key) for (f, key), body in WRONG.items()]

    def excuses(self, name):
        """Matrices of whole numbers have powers of whole numbers, and products, too."""
        whole = "An answer's numbers are as whole as the matrices'."
        return {one: {f"{one} has its input's type": whole} for one in ("product", "power")}


content = Products
