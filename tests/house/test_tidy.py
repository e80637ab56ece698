"""The house rules hold for this tree, and each rule really catches its breach."""

import importlib.util
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("tidy", ROOT / "tools/tidy.py")
tidy = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tidy)


def test_this_house_is_in_order():
    assert [str(breach) for breach in tidy.breaches(ROOT)] == []


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("long.py", "x = 1\n" * 401, "split by concept"),
        ("long.css", "a {}\n" * 401, "split by concept"),
        ("function.py", "def f():\n" + "    x = 1\n" * 50, "at most 50"),
        ("path.md", "see /work" + "/main\n", "a path of one machine"),
        ("home.py", "P = '/home" + "/somebody/x'\n", "a path of one machine"),
        ("lock.txt", "--index-url https://x\n", "a registry"),
        ("host.md", "from pypi" + ".org\n", "a registry's host"),
        ("side.css", "a { margin-left: 1px }\n", "logical property"),
        ("side2.css", "a { text-align: right }\n", "logical property"),
        ("word.md", "A new incident was opened.\n", "say ticket"),
        ("name.py", "last_ack = 1\n", "say acknowledge or receipt"),
        ("name2.py", "def send(msg):\n    return msg\n", "say signal or frame"),
    ],
)
def test_each_rule_catches_its_breach(tmp_path, name, text, rule):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / name).write_text(text, "utf-8")
    assert any(rule in str(breach) for breach in tidy.breaches(tmp_path))


def test_a_clean_tree_has_no_breach(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "fine.py").write_text("def press(signal):\n    return signal\n", "utf-8")
    (tmp_path / "fine.css").write_text("a { margin-inline-start: 1px }\n", "utf-8")
    assert list(tidy.breaches(tmp_path)) == []
