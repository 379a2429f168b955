"""In a page of the book: as much of matplotlib as shows an array as a picture. The real one would be 10 MB more."""


def use(*args, **kwargs):
    """There is one way to draw here."""
