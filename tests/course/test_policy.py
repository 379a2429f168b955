"""autograde.toml: defaults, what it may say, and one clear error for everything else."""

from dataclasses import replace

import pytest

from autograde.errors import ConfigError
from autograde.policy import Policy, load_policy
from autograde.run.submission import Work
from autograde.run.workers import Worker
from tests.conftest import COURSE, ROOT, document, exam_of, submission


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
        ("draw_ahead = 1", "draw_ahead must be true or false, not 1"),
        ("book_url = 3", "book_url must be text"),
        ("time_factors = 2", "time_factors must be a table of students"),
        ("[time_factors]\nstudent2 = 0.5", "time_factors.student2 must be from 1 to 100, not 0.5"),
        ("[time_factors]\nstudent2 = '2'", "time_factors.student2 must be from 1 to 100"),
        ("this is no TOML", "cannot be read as TOML"),
    ],
)
def test_anything_else_is_refused_in_one_line(tmp_path, text, said):
    (tmp_path / "autograde.toml").write_text(text, "utf-8")
    with pytest.raises(ConfigError, match="autograde") as raised:
        load_policy(tmp_path)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


SLOW = """
def same_padding(kernel_size, dilation=1):
    import time
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass
    total = dilation * (kernel_size - 1)
    return total // 2, total - total // 2
"""


def test_a_student_may_have_more_time_than_the_others():
    policy = replace(COURSE.policy, cell_timeout_s=0.8, time_factors={"slow": 50})
    content = document(submission("padding", {"same_padding": SLOW}))
    worker = Worker(ROOT, policy)
    try:
        found = {
            student: worker.grade(exam_of("padding"), Work(student, "padding.ipynb", content)).findings["same_padding"]
            for student in ("slow", "another")
        }
    finally:
        worker.close()
    assert found["slow"].verdict == "correct"
    assert found["another"].verdict == "timeout"
