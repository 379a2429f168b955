"""The two explorers compute what torch and the assignments' references compute, and can be worked by keyboard."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import nn

from solutions.channels import reference as channels_reference
from solutions.pooling import reference as pooling_reference

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "book"))

from coursebook import networks
from coursebook import pooling as drawn

STATIC = ROOT / "book" / "_static"
LAYERS = list(itertools.product((5, 8, 31, 224), (1, 3, 16), (1, 10), (1, 2, 3, 7), (1, 2, 3), (0, 1, 3)))
STACKS = [
    [],
    [(3, 1, 1)],
    [(2, 2, 1), (2, 2, 1), (3, 1, 1)],
    [(3, 2, 1), (1, 2, 1), (3, 1, 2), (2, 3, 1)],
    [(3, 1, 1), (3, 1, 2), (3, 1, 4), (5, 1, 3)],
    [(7, 2, 1), (3, 2, 1), (4, 3, 5)],
    [(1, 1, 1), (1, 3, 1)],
]
NETWORKS = {
    "alexnet": (networks.windows(networks.alexnet_grouped()), 195),
    "vgg16": (networks.windows(networks.vgg16()), 212),
    "resnet18": (networks.windows(networks.resnet18()), 435),
    "resnet50": (networks.windows(networks.bottleneck_network(stride_on_1x1=True)[0]), 483),
}


def _open(browser: Browser, tag: str, preset: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 900, "height": 1000}, reduced_motion="reduce")
    page = context.new_page()
    page.set_content(
        f'<!doctype html><html lang="en"><title>t</title><main><{tag} preset="{preset}">fallback</{tag}></main></html>'
    )
    page.add_script_tag(path=str(STATIC / f"{tag}.js"))
    yield page
    context.close()


@pytest.fixture
def volume(browser: Browser) -> Iterator[Page]:
    yield from _open(browser, "volume-explorer", "alexnet")


@pytest.fixture
def field(browser: Browser) -> Iterator[Page]:
    yield from _open(browser, "receptive-field-explorer", "vgg16")


def test_layers_cost_what_torch_says(volume: Page) -> None:
    settings = [dict(zip("ncfksp", numbers, strict=True)) for numbers in LAYERS]
    answers = volume.evaluate("settings => settings.map(q => VolumeExplorer.layer(q))", settings)
    for q, answer in zip(settings, answers, strict=True):
        if q["k"] > q["n"] + 2 * q["p"]:
            assert answer["size"] == answer["macs"] == answer["neurons"] == 0
            continue
        with torch.device("meta"):
            module = nn.Conv2d(q["c"], q["f"], q["k"], q["s"], q["p"])
            out = module(torch.empty(1, q["c"], q["n"], q["n"]))
        assert out.shape == (1, q["f"], answer["size"], answer["size"]), q
        assert answer["neurons"] == out.numel()
        assert answer["parameters"] == sum(weights.numel() for weights in module.parameters())
        layer = networks.conv(q["c"], q["f"], q["k"], stride=q["s"], padding=q["p"])
        assert answer["macs"] == channels_reference.count_macs([layer], (q["c"], q["n"], q["n"])), q
        assert answer["unshared"] == out.numel() * (q["c"] * q["k"] ** 2 + 1)


def test_presets_are_the_layers_that_the_page_lists(volume: Page) -> None:
    presets = volume.evaluate(
        "Object.fromEntries(Object.entries(VolumeExplorer.presets).map(([k, v]) => [k, VolumeExplorer.layer(v[1])]))"
    )
    page = (ROOT / "book" / "chapters" / "channels.md").read_text()
    for name in ("alexnet", "vgg1", "vgg8", "resnet"):
        assert f"| {presets[name]['parameters']:,} | {presets[name]['macs']:,} |" in page


def test_windows_start_where_the_stride_says(volume: Page) -> None:
    q = {"n": 9, "c": 2, "f": 3, "k": 3, "s": 2, "p": 1}
    found = volume.evaluate("q => [0, 4, 5, 24].map(at => VolumeExplorer.windowAt(q, at))", q)
    assert [(w["i"], w["j"], w["row"], w["column"]) for w in found] == [
        (0, 0, -1, -1), (0, 4, -1, 7), (1, 0, 1, -1), (4, 4, 7, 7),
    ]  # fmt: skip


def test_volume_fields_change_the_numbers(volume: Page) -> None:
    text = volume.locator("dl")
    assert "34,944" in text.inner_text()
    assert "105,415,200" in text.inner_text()
    assert "55 × 55 × 96" in text.inner_text()
    volume.get_by_label("Start from").select_option("resnet")
    assert "112 × 112 × 64" in text.inner_text()
    assert "9,472" in text.inner_text()
    volume.get_by_label("Padding p").fill("0")
    assert "109 × 109 × 64" in text.inner_text()
    assert volume.get_by_label("Start from").input_value() == ""
    assert "is not whole" in volume.get_by_role("status").inner_text()
    volume.get_by_label("Kernel size k").fill("0")
    assert "Kernel size k is a whole number from 1 to 31." in volume.get_by_role("status").inner_text()
    volume.get_by_label("Kernel size k").fill("31")
    volume.get_by_label("Input height and width").fill("8")
    assert "fits nowhere" in volume.get_by_role("status").inner_text()


def test_volume_slider_moves_the_window_by_keyboard(volume: Page) -> None:
    slider = volume.get_by_label("Place of the window")
    slider.focus()
    volume.keyboard.press("Home")
    assert "row 0, column 0" in volume.locator(".keys").inner_text()
    volume.keyboard.press("ArrowRight")
    assert "row 0, column 4" in volume.locator(".keys").inner_text()
    assert slider.get_attribute("aria-valuetext") == "row 0, column 1"
    assert "window from row 0, column 4" in (volume.locator("svg").get_attribute("aria-label") or "")


def test_fields_grow_as_the_reference_says(field: Page) -> None:
    answers = field.evaluate("stacks => stacks.map(s => ReceptiveFieldExplorer.grow(s))", STACKS)
    for stack, steps in zip(STACKS, answers, strict=True):
        assert [step["field"] for step in steps] == [
            pooling_reference.receptive_field(stack[:upto])[0] for upto in range(len(stack) + 1)
        ]
        assert steps[-1]["jump"] == int(np.prod([layer[1] for layer in stack]))


@pytest.mark.parametrize("name", NETWORKS)
def test_network_presets_have_the_published_field(field: Page, name: str) -> None:
    layers = field.evaluate("name => ReceptiveFieldExplorer.presets[name][1]", name)
    windows, published = NETWORKS[name]
    assert [(k, s) for k, s, _ in layers] == windows
    assert field.evaluate("layers => ReceptiveFieldExplorer.grow(layers).pop().field", layers) == published
    profile = field.evaluate("layers => ReceptiveFieldExplorer.paths(layers)", layers)
    assert np.allclose(profile, drawn.paths(windows), atol=1e-12)


def test_paths_are_the_gradient_of_equal_taps(field: Page) -> None:
    answers = field.evaluate(
        """stacks => stacks.map(s => { const p = ReceptiveFieldExplorer.paths(s);
            return {paths: p, width: ReceptiveFieldExplorer.width(p, 0.95)}; })""",
        STACKS,
    )
    for stack, answer in zip(STACKS, answers, strict=True):
        size = pooling_reference.receptive_field(stack)[0]
        x = torch.zeros(1, 1, size, dtype=torch.float64, requires_grad=True)
        y = x
        for k, s, d in stack:
            y = torch.conv1d(y, torch.full((1, 1, k), 1 / k, dtype=torch.float64), stride=s, dilation=d)
        (gradient,) = torch.autograd.grad(y[0, 0, 0], x)
        assert np.allclose(answer["paths"], gradient[0, 0].numpy(), atol=1e-12)
        assert answer["width"] == drawn.middle_share(gradient[0, 0].numpy())


def test_layers_are_added_and_removed_by_keyboard(field: Page) -> None:
    note = field.get_by_role("status")
    assert "field 212, jump 32; 95 % of the paths within 108." in note.inner_text()
    field.get_by_label("Start from").select_option("three")
    assert "After layer 5 (3 × 3): field 11" in note.inner_text()
    field.get_by_label("Stride s").fill("2")
    field.get_by_role("button", name="Add this layer").focus()
    field.keyboard.press("Enter")
    field.keyboard.press("Enter")
    assert "field 17, jump 4" in note.inner_text()
    field.get_by_role("button", name="Remove the last").click()
    assert "field 13, jump 2" in note.inner_text()
    field.get_by_label("Look from after layer").focus()
    field.keyboard.press("ArrowLeft")
    assert "After layer 5 (3 × 3): field 11" in note.inner_text()
    field.keyboard.press("Home")
    assert "No layer: field 1, jump 1" in note.inner_text()
    field.get_by_label("Kernel size k").fill("99")
    field.get_by_role("button", name="Add this layer").click()
    assert "Kernel size k is a whole number from 1 to 11." in note.inner_text()


@pytest.mark.parametrize("tag", ["volume-explorer", "receptive-field-explorer"])
def test_fallback_is_read_without_scripts(browser: Browser, tag: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(f"<{tag}><p>in words</p></{tag}>")
    assert page.get_by_text("in words").is_visible()
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("tag", "preset"), [("volume-explorer", "vgg8"), ("receptive-field-explorer", "resnet50")])
def test_accessible_and_narrow(browser: Browser, axe: str, tag: str, preset: str, theme: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 800}, color_scheme=theme)
    page = context.new_page()
    style = (STATIC / "course.css").read_text()
    page.set_content(
        f'<!doctype html><html lang="en" data-theme="{theme}"><title>t</title><style>{style}'
        "body{margin:8px;background:var(--c-page)}</style><main><h1>t</h1><h2>t</h2>"
        f'<{tag} preset="{preset}">fallback</{tag}></main></html>'
    )
    page.add_script_tag(path=str(STATIC / f"{tag}.js"))
    page.wait_for_timeout(100)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.evaluate(axe)
    assert page.evaluate("axe.run({preload: false})")["violations"] == []
    context.close()
