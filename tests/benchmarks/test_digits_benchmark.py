"""The recorded training is what the chapter's functions do, and torch follows it; parts of it are done again."""

import json
import sys

import numpy as np
import pytest

from tests.conftest import ROOT

sys.path.insert(0, str(ROOT / "book"))

from coursebook import convnet, solution

RECORD = json.loads((ROOT / "benchmarks" / "results" / "digits.json").read_text("utf-8"))
OPTIONS = {key: RECORD[key] for key in ("batch_size", "lr", "momentum", "weight_decay")}
STEPS = 20


@pytest.fixture(scope="module")
def chapter():
    return solution("convnet")


@pytest.fixture(scope="module")
def digits(chapter):
    return chapter.load_digits(convnet.DIGITS)


def test_first_steps_equal_torch_and_the_record(chapter, digits):
    images, labels = digits[0][: STEPS * 32], digits[1][: STEPS * 32]
    options = {**OPTIONS, "epochs": 1, "seed": 4}
    ours = chapter.train(chapter.ConvNet(chapter.initial_state()), images, labels, **options)
    theirs = convnet.torch_losses(chapter.initial_state(), images, labels, **options)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)
    again = convnet.torch_losses(
        chapter.initial_state(), *digits[:2], epochs=1, seed=RECORD["seeds"][0], steps=STEPS, **OPTIONS
    )
    np.testing.assert_allclose(again, RECORD["losses"][:STEPS], rtol=0, atol=1e-6)


def test_recorded_curves_agree_and_pass_the_goal():
    np.testing.assert_allclose(RECORD["losses"], RECORD["torch_losses"], rtol=0, atol=1e-6)
    assert min(RECORD["accuracies"]) >= 0.97
    assert max(RECORD["seconds"]) < 60


def test_recorded_parameters_read_the_held_out_digits(chapter, digits):
    net = chapter.ConvNet(convnet.recorded_state())
    assert chapter.accuracy(net, *digits[2:]) == RECORD["accuracies"][0]
    assert chapter.accuracy(net, *digits[:2]) == RECORD["training_accuracies"][0]


def test_a_short_training_learns(chapter, digits):
    net = chapter.ConvNet(chapter.initial_state(first=8, second=16, seed=7))
    losses = chapter.train(net, *digits[:2], epochs=2, seed=7, **OPTIONS)
    assert np.mean(losses[-10:]) < np.mean(losses[:10]) / 2
    assert chapter.accuracy(net, *digits[2:]) > 0.75


def test_progress_stays_short(chapter, capsys):
    for step in range(1, 901):
        chapter.progress(step, 900, 0.5)
    shown = capsys.readouterr().out
    assert shown.count("\r") <= 34
    assert shown.endswith("\n")
    assert shown.count("\n") == 1


def test_the_grader_s_digits_are_a_part_of_those_handed_out():
    files = (ROOT / "solutions" / "convnet" / "given" / "digits.npz", ROOT / "solutions" / "convnet" / "digits.npz")
    (whole, all_labels, about), (part, labels, _) = (
        (file["images"], file["labels"], str(file["about"])) for file in map(np.load, files)
    )
    assert whole.shape == (1797, 8, 8)
    assert "CC BY 4.0" in about
    known = {(image.tobytes(), int(label)) for image, label in zip(whole, all_labels, strict=True)}
    assert all((image.tobytes(), int(label)) in known for image, label in zip(part, labels, strict=True))
