"""The references of chapter 8 against central differences of torch's forward pass, which they never see."""

import pytest
import torch
import torch.nn.functional as F

from solutions.backward import reference as ref

SEED = 8
CONVOLUTIONS = [
    ((2, 3, 5, 4), (2, 3, 3, 2), {}),
    ((2, 1, 7, 6), (3, 1, 2, 3), {"stride": 3}),
    ((1, 2, 4, 5), (2, 2, 3, 2), {"stride": (2, 1), "padding": (0, 2)}),
    ((2, 2, 6, 7), (1, 2, 2, 3), {"stride": (1, 2), "padding": (1, 0), "dilation": (3, 2)}),
]
POOLS = [
    ((2, 3, 5, 4), {"kernel_size": 2}),
    ((1, 2, 7, 6), {"kernel_size": 3, "stride": (1, 2)}),
    ((2, 2, 6, 7), {"kernel_size": (3, 4), "stride": (2, 3), "padding": (1, 2)}),
]


def _central(f, x, eps=1e-5):
    gradient = torch.zeros_like(x)
    for k in range(x.numel()):
        step = torch.zeros_like(x)
        step.view(-1)[k] = eps
        gradient.view(-1)[k] = (f(x + step) - f(x - step)) / (2 * eps)
    return gradient


def _random(*shape):
    return torch.randn(*shape, dtype=torch.float64)


@pytest.mark.parametrize(("x_shape", "w_shape", "options"), CONVOLUTIONS)
def test_convolution_agrees_with_differences(x_shape, w_shape, options):
    torch.manual_seed(SEED)
    x, w, b = _random(*x_shape), _random(*w_shape), _random(w_shape[0])
    g = _random(*F.conv2d(x, w, b, **options).shape)
    by_x, by_w, by_b = ref.conv2d_backward(g, x, w, **options)
    torch.testing.assert_close(by_x, _central(lambda v: (g * F.conv2d(v, w, b, **options)).sum(), x))
    torch.testing.assert_close(by_w, _central(lambda v: (g * F.conv2d(x, v, b, **options)).sum(), w))
    torch.testing.assert_close(by_b, _central(lambda v: (g * F.conv2d(x, w, v, **options)).sum(), b))


@pytest.mark.parametrize(("shape", "options"), POOLS)
def test_maximum_agrees_with_differences_away_from_ties(shape, options):
    torch.manual_seed(SEED)
    # A permutation: neighbors differ by 1, so a step of 1e-5 never changes which is the largest.
    x = torch.randperm(torch.Size(shape).numel()).double().reshape(shape)
    g = _random(*F.max_pool2d(x, **options).shape)
    expected = _central(lambda v: (g * F.max_pool2d(v, **options)).sum(), x)
    torch.testing.assert_close(ref.max_pool2d_backward(g, x, **options), expected, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("count", [True, False])
@pytest.mark.parametrize(("shape", "options"), POOLS)
def test_average_agrees_with_differences(shape, options, count):
    torch.manual_seed(SEED)
    x = _random(*shape)
    g = _random(*F.avg_pool2d(x, count_include_pad=count, **options).shape)
    expected = _central(lambda v: (g * F.avg_pool2d(v, count_include_pad=count, **options)).sum(), x)
    torch.testing.assert_close(ref.avg_pool2d_backward(g, shape, **options, count_include_pad=count), expected)


@pytest.mark.parametrize("name", ["sum of cubes", "squares times the next entry", "row sums cubed"])
def test_numerical_gradient_agrees_with_autograd_to_the_square_of_the_step(name):
    torch.manual_seed(SEED)
    x = _random(2, 3).requires_grad_()
    (exact,) = torch.autograd.grad(ref.scalar_function(name)(x), x)
    errors = [float((ref.numerical_gradient(name, x.detach(), eps) - exact).abs().max()) for eps in (1e-2, 1e-3)]
    assert errors[0] < 1e-2
    assert name == "squares times the next entry" or errors[0] / errors[1] == pytest.approx(100, rel=0.01)


def test_the_check_passes_autograd_and_names_what_was_spoiled():
    torch.manual_seed(SEED)
    name = "squares of x times the sum of y, plus z cubed"
    values = [_random(4).requires_grad_(), _random(2, 3).requires_grad_(), _random(3).requires_grad_()]
    grads = list(torch.autograd.grad(ref.scalar_function(name)(*values), values))
    plain = [value.detach() for value in values]
    assert all(passed for passed, _, _ in ref.gradient_check(name, plain, grads).values())
    grads[1] = grads[1].clone()
    grads[1][1, 2] *= 2
    verdicts = ref.gradient_check(name, plain, grads)
    assert [verdicts[key][0] for key in "xyz"] == [True, False, True]
    assert verdicts["y"][2] == (1, 2)
    assert verdicts["y"][1] == pytest.approx(0.5, abs=1e-6)
