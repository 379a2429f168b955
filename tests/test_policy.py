"""autograde.toml: defaults, what it may say, and one clear error for everything else."""

import pytest

from autograde.errors import ConfigError
from autograde.policy import Policy, load_policy


def test_without_a_file_the_defaults_hold(tmp_path):
    assert load_policy(tmp_path) == Policy()


def test_what_the_file_says_counts_and_the_rest_keeps_its_default(tmp_path):
    (tmp_path / "autograde.toml").write_text('cell_timeout_s = 2.5\nbook_url = "https://book.example/"\n', "utf-8")
    policy = load_policy(tmp_path)
    assert (policy.cell_timeout_s, policy.book_url) == (2.5, "https://book.example/")
    assert policy.memory_mib == Policy().memory_mib


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cell_timeout = 2", "unknown key 'cell_timeout'; known keys are cell_timeout_s"),
        ("cell_timeout_s = 0", "cell_timeout_s must be a number above 0, not 0"),
        ("cell_timeout_s = '2'", "must be a number"),
        ("memory_mib = 1.5", "memory_mib must be a whole number"),
        ("memory_mib = true", "must be a number"),
        ("book_url = 3", "book_url must be text"),
        ("this is no TOML", "cannot be read as TOML"),
    ],
)
def test_anything_else_is_refused_in_one_line(tmp_path, text, said):
    (tmp_path / "autograde.toml").write_text(text, "utf-8")
    with pytest.raises(ConfigError, match="autograde") as raised:
        load_policy(tmp_path)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
