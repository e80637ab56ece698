"""The `holdfast` command answers help at once and a wrong word with the right ones."""

import subprocess
import sys

from holdfast.command import PARTS


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "holdfast", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_names_every_command():
    shown = run("--help")
    assert shown.returncode == 0
    assert all(f"holdfast {name}" in shown.stdout for name in PARTS)


def test_no_argument_is_a_question_for_help():
    assert run().stdout == run("--help").stdout


def test_a_wrong_word_is_answered_with_the_right_one():
    wrong = run("gatway")
    assert wrong.returncode == 2
    assert "Did you mean 'gateway'?" in wrong.stderr


def test_the_version_is_that_of_the_distribution():
    assert run("--version").stdout.startswith("holdfast 0.")
