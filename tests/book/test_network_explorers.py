"""The block explorer and the architecture browser say what torch's own networks say, and can be worked by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import torch
from torch import nn

from solutions.dense_networks import densenet
from solutions.networks import BasicBlock, Bottleneck, PadShortcut, projection, resnet
from solutions.pooling import reference as pooling_reference
from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STATIC = ROOT / "book" / "_static"
NETWORKS = {"resnet18": lambda: resnet(18), "resnet50": lambda: resnet(50), "densenet121": lambda: densenet(121)}


def _open(browser: Browser, tag: str, preset: str) -> Iterator[Page]:
    # As wide as the text of a page in a window of 1280 pixels.
    context = browser.new_context(viewport={"width": 704, "height": 1000}, reduced_motion="reduce")
    page = context.new_page()
    page.set_content(
        f'<!doctype html><html lang="en"><title>t</title><main><{tag} preset="{preset}">fallback</{tag}></main></html>'
    )
    page.add_script_tag(path=str(STATIC / "network-explorers.js"))
    yield page
    context.close()


@pytest.fixture
def block(browser: Browser) -> Iterator[Page]:
    yield from _open(browser, "residual-block-explorer", "shrink")


@pytest.fixture
def networks(browser: Browser) -> Iterator[Page]:
    yield from _open(browser, "architecture-browser", "resnet18")


def _measured(model: nn.Module, x: torch.Tensor) -> tuple[dict[str, tuple[list[int], int, int]], object]:
    """Output shape, parameters and multiply-accumulates of each module with weights, by name."""
    found = {}

    def keep(name):
        def hook(module, _, output):
            macs = 0 if isinstance(module, nn.BatchNorm2d) else output[0].numel() * module.weight[0].numel()
            found[name] = (list(output.shape[1:]), sum(p.numel() for p in module.parameters()), macs)

        return hook

    for name, module in model.named_modules():
        if isinstance(module, (nn.Conv2d, nn.Linear, nn.BatchNorm2d)):
            module.register_forward_hook(keep(name))
    return found, model(x)


@pytest.mark.parametrize("side", [224, 97])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_is_torchs(networks: Page, name: str, side: int) -> None:
    rows = networks.evaluate("([name, side]) => NetworkExplorers.rows(name, side)", [name, side])
    with torch.device("meta"):
        wanted, _ = _measured(NETWORKS[name](), torch.empty(2, 3, side, side))
    shown = {row["name"]: row for row in rows if row["parameters"]}
    assert set(shown) == set(wanted)
    for layer, (shape, parameters, macs) in wanted.items():
        row = shown[layer]
        assert (row["parameters"], row["macs"], row["channels"]) == (parameters, macs, shape[0]), layer
        assert shape[1:] in ([], [row["size"]] * 2), layer


PUBLISHED = {
    "resnet18": ("11,689,512", "1,814,073,344"),
    "resnet50": ("25,557,032", "4,089,184,256"),
    "densenet121": ("7,978,856", None),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_totals_are_the_published_ones(networks: Page, name: str) -> None:
    networks.get_by_label("Network", exact=True).select_option(name)
    said = networks.get_by_role("status").inner_text()
    parameters, macs = PUBLISHED[name]
    assert f"{parameters} parameters" in said
    assert macs is None or f"{macs} multiply-accumulates" in said


def test_fields_follow_the_longest_path(networks: Page) -> None:
    def field(name: str) -> int:
        rows = networks.evaluate("name => NetworkExplorers.rows(name, 224)", name)
        return [row for row in rows if row["stage"] != "head"][-1]["field"]

    stem = [(7, 2), (3, 2)]
    eighteen = [*stem, *[(3, 1)] * 4, *([(3, 2)] + [(3, 1)] * 3) * 3]
    assert field("resnet18") == pooling_reference.receptive_field(eighteen)[0] == 435
    fifty = list(stem)
    for count, stride in ((3, 1), (4, 2), (6, 2), (3, 2)):
        fifty += [(1, 1), (3, stride), (1, 1), *[(1, 1), (3, 1), (1, 1)] * (count - 1)]
    assert field("resnet50") == pooling_reference.receptive_field(fifty)[0]
    dense = list(stem)
    for number, count in enumerate((6, 12, 24, 16)):
        dense += [*([(2, 2)] if number else []), *[(1, 1), (3, 1)] * count]
    assert field("densenet121") == pooling_reference.receptive_field(dense)[0]


def test_a_stage_folds_out_and_the_side_changes_every_size(networks: Page) -> None:
    stage = networks.locator("summary", has_text="layer2")
    assert "128\xa0×\xa028\xa0×\xa028" in stage.inner_text()
    stage.focus()
    networks.keyboard.press("Enter")
    row = networks.get_by_role("row", name="layer2.0.downsample.0")
    assert row.get_by_role("cell").nth(3).inner_text() == "8,192"
    assert row.evaluate("row => { const box = row.closest('.scroll'); return box.scrollWidth <= box.clientWidth; }")
    networks.get_by_label("Picture’s side").fill("64")
    assert "128\xa0×\xa08\xa0×\xa08" in networks.locator("summary", has_text="layer2").inner_text()
    assert networks.get_by_role("row", name="layer2.0.downsample.0").is_visible()
    networks.get_by_label("Picture’s side").fill("9")
    assert "a whole number from 32 to 512" in networks.get_by_role("status").inner_text()


def _module(q: dict) -> nn.Module:
    if q["kind"] == "basic":
        made = BasicBlock(q["c"], q["w"], q["s"], projection)
    else:
        made = Bottleneck(q["c"], q["w"], q["s"], q["kind"].removeprefix("v"))
    if q["shortcut"] == "A":
        made.downsample = PadShortcut(q["w"] * made.expansion, q["s"])
    elif q["shortcut"] == "identity" and hasattr(made, "downsample"):
        del made.downsample
    elif q["shortcut"] == "B" and not hasattr(made, "downsample"):
        made.downsample = projection(q["c"], q["w"] * made.expansion, q["s"])
    return made


SETTINGS = [
    {"kind": kind, "shortcut": shortcut, "c": c, "n": n, "w": w, "s": s}
    for kind in ("basic", "v1", "v1.5")
    for shortcut in ("identity", "A", "B")
    for c, n, w, s in (
        (8, 7, 8, 1),
        (8, 7, 8, 2),
        (8, 6, 2, 1),
        (4, 9, 6, 3),
        (3, 1, 3, 2),
        (24, 5, 6, 2),
        (1, 6, 4, 1),
    )
]


def test_blocks_add_exactly_where_torch_gives_the_same_shape(block: Page) -> None:
    answers = block.evaluate("settings => settings.map(q => NetworkExplorers.block(q))", SETTINGS)
    for q, answer in zip(SETTINGS, answers, strict=True):
        with torch.device("meta"):
            module, x = _module(q), torch.empty(2, q["c"], q["n"], q["n"])
            names = ("bn3", "bn2") if q["kind"] != "basic" else ("bn2",)
            f = []
            getattr(module, names[0]).register_forward_hook(lambda *parts, f=f: f.append(parts[2].shape))
            outputs = q["w"] * module.expansion
            if q["shortcut"] == "A" and q["c"] > outputs:
                side = (2, q["c"], *[-(-q["n"] // q["s"])] * 2)
            else:
                side = (module.downsample(x) if hasattr(module, "downsample") else x).shape
            try:
                found, _ = _measured(module, x)
            except RuntimeError:
                assert not answer["adds"]
                found = None
        same = tuple(f[0]) == tuple(side)
        assert answer["adds"] == same, q
        assert tuple(f[0]) == (2, answer["f"][0], answer["f"][1], answer["f"][1])
        assert tuple(side) == (2, answer["x"][0], answer["x"][1], answer["x"][1])
        assert bool(answer["reasons"]) != same
        if same and found:
            assert answer["parameters"] == sum(parameters for _, parameters, _ in found.values())
            assert answer["macs"] == sum(macs for _, _, macs in found.values())
        if not same:
            stretched = all(a == b or 1 in (a, b) for a, b in zip(f[0], side, strict=True))
            assert answer["broadcasts"] == stretched


def test_the_explorer_says_why_and_how_it_is_mended(block: Page) -> None:
    status = block.get_by_role("status")
    assert "They do not add: F gives 128 maps, the shortcut 64; F’s maps are 28\xa0×\xa028" in status.inner_text()
    block.get_by_label("Shortcut", exact=True).select_option("B")
    assert "They add: both are 128\xa0×\xa028\xa0×\xa028." in status.inner_text()
    assert "230,144" in block.locator("dl").inner_text()
    block.get_by_label("Stride", exact=True).focus()
    block.keyboard.press("ArrowDown")
    assert "128\xa0×\xa056\xa0×\xa056" in status.inner_text()
    assert "128\xa0×\xa056\xa0×\xa056" in (block.locator("svg").get_attribute("aria-label") or "")
    block.get_by_label("Input maps", exact=True).fill("0")
    assert "Input maps is a whole number from 1 to 2048." in status.inner_text()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("tag", ["residual-block-explorer", "architecture-browser"])
def test_accessible_and_narrow(browser: Browser, axe: str, tag: str, theme: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 800}, color_scheme=theme)
    page = context.new_page()
    style = (STATIC / "course.css").read_text()
    page.set_content(
        f'<!doctype html><html lang="en" data-theme="{theme}"><title>t</title><style>{style}'
        "body{margin:8px;background:var(--c-page)}</style><main><h1>t</h1><h2>t</h2>"
        f"<{tag}>fallback</{tag}></main></html>"
    )
    page.add_script_tag(path=str(STATIC / "network-explorers.js"))
    if tag == "architecture-browser":
        page.locator("summary").nth(1).click()
        page.locator("td").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.evaluate(axe)
    assert page.evaluate("axe.run({preload: false})")["violations"] == []
    context.close()


@pytest.mark.parametrize("tag", ["residual-block-explorer", "architecture-browser"])
def test_words_are_read_without_scripts(browser: Browser, tag: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(f"<{tag}><p>in words</p></{tag}>")
    assert page.get_by_text("in words").is_visible()
    context.close()
