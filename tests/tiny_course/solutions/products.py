# %% [markdown]
# # Products of matrices

# %% tags=["setup"]
import numpy as np


# %% nbgrader={"grade_id": "product", "solution": true}
def product(a, b):
    """The product of two matrices."""
    ### BEGIN SOLUTION
    return a @ b
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_product", "grade": true, "points": 2}
assert product(np.eye(2), np.ones((2, 3))).shape == (2, 3)
assert (product(np.array([[1, 2]]), np.array([[3], [4]])) == [[11]]).all()
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("products.product", product)
### END HIDDEN TESTS


# %% nbgrader={"grade_id": "power", "solution": true}
def power(a, n):
    """A matrix multiplied by itself, n factors."""
    ### BEGIN SOLUTION
    y = np.eye(len(a))
    for _ in range(n):
        y = product(y, a)
    return y
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_power", "grade": true, "points": 3}
assert (power(np.array([[1, 1], [0, 1]]), 5) == [[1, 5], [0, 1]]).all()
### BEGIN HIDDEN TESTS
from autograde.kernel import hidden_test

hidden_test("products.power", power)
### END HIDDEN TESTS
