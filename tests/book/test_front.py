"""The front page: its network is chapter 9's, reads what a reader draws, and is a picture where scripts are off."""

from __future__ import annotations

import base64
import functools
import json
import re
from typing import TYPE_CHECKING

import numpy as np
import quickjs
from course_ext import front
from coursebook import solution

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

# QuickJS has no atob: the bytes come as they are.
CALLS = """
function atob(text) { return String.fromCharCode(...JSON.parse(text)); }
function logits(packed, image) {
    return JSON.stringify(digitNetwork.forward(digitNetwork.unpack(JSON.parse(packed)), JSON.parse(image)).logits);
}
function fitted(ink) { return JSON.stringify(Array.from(digitNetwork.fitted(JSON.parse(ink)))); }
"""


@functools.cache
def called(name: str) -> quickjs.Function:
    return quickjs.Function(name, (ROOT / "book" / "_static" / "digit-reader.js").read_text("utf-8") + CALLS)


def test_the_pages_network_equals_the_learners(site: Path) -> None:
    data = json.loads((site / front.FILE).read_text("utf-8").removeprefix("window.digitReaderData = ")[:-2])
    state, packed = {}, {}
    for name, one in data["parameters"].items():
        content = base64.b64decode(one["values"])
        state[name] = np.frombuffer(content, "<f2").reshape(one["shape"]).astype(float)
        packed[name] = {"values": json.dumps(list(content))}
    net = solution("convnet").ConvNet(state)
    images, labels = front.held_out(ROOT)
    assert np.mean(net.forward(images[:, None] / 16).argmax(1) == labels) > 0.98
    drawn = np.random.default_rng(1).integers(0, 17, (5, 8, 8))
    for image in [*np.array(data["digits"]).reshape(10, 8, 8), *drawn]:
        theirs = json.loads(called("logits")(json.dumps(packed), json.dumps((image / 16).ravel().tolist())))
        ours = net.forward(image[None, None] / 16)[0]
        assert np.abs(ours - theirs).max() < 1e-5
        assert np.allclose(front.read(front.parameters(ROOT), image)[1], np.exp(ours) / np.exp(ours).sum(), atol=1e-9)
    assert [net.forward(np.array(one).reshape(1, 1, 8, 8) / 16).argmax() for one in data["digits"]] == list(range(10))


def test_a_small_drawing_in_a_corner_fills_the_frame() -> None:
    ink = np.zeros((32, 32), int)
    ink[2:18, 20:24] = 1  # a 1, half as high as the frame
    counts = np.array(json.loads(called("fitted")(json.dumps(ink.ravel().tolist())))).reshape(8, 8)
    expected = np.zeros((8, 8))
    expected[:, 3:5] = 1
    assert np.array_equal(counts, expected)
    assert not any(json.loads(called("fitted")(json.dumps([0] * 1024))))


def draw(page: Page, points: list[tuple[float, float]]) -> None:
    box = page.locator(".reader-pad").bounding_box()
    at = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in points]
    page.mouse.move(*at[0])
    page.mouse.down()
    for x, y in at[1:]:
        page.mouse.move(x, y, steps=6)
    page.mouse.up()


def test_a_reader_draws_by_mouse_and_by_keyboard(site: Path, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.goto((site / "intro.html").as_uri())
    status = page.locator(".reader-status")
    page.get_by_text("The network reads 3").wait_for()
    page.get_by_role("button", name="Another digit").click()
    page.get_by_text("The network reads 4").wait_for()
    draw(page, [(0.3, 0.25), (0.7, 0.25), (0.45, 0.8)])
    page.get_by_text("The network reads 7").wait_for()
    page.get_by_role("button", name="Clear").click()
    assert status.inner_text() == "Draw a digit from 0 to 9."
    page.locator(".reader-pad").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    for _ in range(5):
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
    page.get_by_text("The network reads 1").wait_for()
    assert page.locator(".home-continue").is_hidden()
    place = {"page": "chapters/stride", "id": "a-stride-is-subsampling", "number": "3.4", "title": "A stride"}
    read = {"chapters/stride": {"ids": ["the-question"], "of": 4}}
    stored = json.dumps({"version": 1, "place": place, "read": read, "answered": {}})
    page.evaluate("stored => localStorage.setItem('course-reading', stored)", stored)
    page.reload()
    assert page.locator(".chapter-map li li").nth(2).evaluate("one => one.style.getPropertyValue('--read')") == "0.25"
    page.get_by_role("link", name="Continue at 3.4").click()
    page.wait_for_url("**/chapters/stride.html#a-stride-is-subsampling")
    context.close()


def test_without_scripts_it_is_a_picture(site: Path) -> None:
    text = (site / "intro.html").read_text("utf-8")
    stage = re.search(r'<div class="reader-stage" role="img" aria-label="([^"]+)">(.*?)</digit-reader>', text, re.S)
    assert len(re.findall("<i ", stage[2])) == 128
    assert re.findall(r'--v:(\S+)"><span>3<', stage[2]) == ["1.000"]
    assert "handwritten 3" in stage[1]
    assert text.count('class="emblem"') == 14
