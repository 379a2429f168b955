"""What each color of a figure means: the one table from which the figures of all chapters take their colors.

A role has one color in the whole book, so that a reader who has learned it once need not look at a legend again. Roles
that never stand in one figure may share a color; those that do are listed in `TOGETHER`. What has no role of its own
is told apart by `SERIES`, in order, and by its label.
"""

from coursebook import palette

ink, muted, line = palette.ink, palette.muted, palette.grid

# What a layer reads, has and writes.
window = palette.blue
"""What is read: cells of the input, an input volume, a receptive field."""
taps = palette.green
"""Weights: a filter, a layer between two others."""
result = palette.orange
"""What is written: an output, a new pixel, what a step adds."""
missed = palette.red
"""Cells that no window reads, or that one reads which should not."""
count = palette.purple
"""How often something is read."""
correlation, convolution = palette.purple, palette.green

# Signs and channels.
plus, minus = palette.blue, palette.orange
total = palette.green
red_channel, green_channel, blue_channel = palette.red, palette.green, palette.blue

# Values on their way through a network, and back.
forward, backward = palette.blue, palette.orange
paths = palette.purple
right, wrong = palette.blue, palette.red

# Ways to compute one convolution.
torch, ours, im2col = palette.orange, palette.blue, palette.blue
view, fft, loops, tap_by_tap = palette.green, palette.purple, palette.red, palette.ink
difference = palette.purple

# What is counted of a network.
parameters, macs = palette.blue, palette.orange
copies, shared = palette.orange, palette.blue

# Starts of a deep stack, and what normalizes it.
kaiming, double, half, without_two = palette.orange, palette.blue, palette.purple, palette.green
unnormalized, normalized = palette.orange, palette.blue
training, evaluation = palette.blue, palette.orange

# Networks and their parts.
plain, residual, dense, wider = palette.orange, palette.blue, palette.green, palette.purple
shortcut, branch, activation = palette.purple, palette.blue, palette.green

# Ways to fill a border.
zeros, reflect, replicate, circular = palette.blue, palette.orange, palette.green, palette.purple

SERIES: tuple[str, ...] = (palette.blue, palette.orange, palette.green, palette.purple, palette.red)

TOGETHER: tuple[tuple[str, ...], ...] = (
    ("window", "taps", "result"),
    ("window", "missed"),
    ("correlation", "convolution", "plus", "minus"),
    ("plus", "minus", "total"),
    ("red_channel", "green_channel", "blue_channel"),
    ("forward", "backward"),
    ("window", "paths", "backward"),
    ("right", "wrong"),
    ("torch", "im2col", "view", "fft", "loops", "tap_by_tap"),
    ("torch", "ours", "difference"),
    ("parameters", "macs"),
    ("copies", "shared"),
    ("kaiming", "double", "half", "without_two"),
    ("kaiming", "normalized"),
    ("unnormalized", "normalized"),
    ("training", "evaluation"),
    ("plain", "residual", "dense", "wider"),
    ("shortcut", "branch", "activation"),
    ("shortcut", "branch", "total"),
    ("zeros", "reflect", "replicate", "circular"),
)
"""Roles that one figure shows side by side: their colors differ (tested)."""
