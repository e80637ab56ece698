"""House rules that no linter knows, as a test: sizes, words, colours of the map, nothing local.

    python tools/tidy.py [FOLDER]     lists every breach as path:line: rule; exit code 1 if any

It reads the files that git tracks (or would track) and changes nothing.
"""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50

# A banned word and the term to use instead (docs/glossary.md). Matched as whole words in names and
# prose of our own code and docs; library names are let through by ALLOWED.
BANNED = {
    "incident": "ticket",
    "incidents": "tickets",
    "clicked": "pressed",
    "bridge": "gateway (or say PTY bridge in hardware/)",
    "hub": "gateway",
    "responder": "agency",
    "notification": "page",
    "notifications": "pages",
}
BANNED_NAMES = {
    "ack": "acknowledge or receipt",
    "acked": "acknowledged or receipted",
    "alert": "alarm",
    "alerts": "alarms",
    "agent": "operator",
    "msg": "signal or frame",
    "evt": "signal",
    "retry_max_ms": "retry_ms_max (units last)",
}
WORDS_ALLOWED_IN = (
    "docs/glossary.md",
    "tools/tidy.py",
    "tests/house/",
    "LICENSE",
    "requirements/",
    "CHANGELOG.md",
)

INCIDENTS = "incidents.md)"
"""A link to docs/incidents.md: the word that auditors and laws look for when it is not an alarm."""

_HOSTS = "|".join(
    re.escape(host)
    for host in (
        "pypi" + ".org",
        "python" + "hosted",
        "npm" + "js.",
        "deb." + "debian",
        "security." + "debian",
    )
)
NOTHING_LOCAL = (
    (re.compile(r"/(?:work|farm)/"), "a path of one machine"),
    (re.compile(r"/(?:home|Users)/[a-z]"), "a path of one machine"),
    (re.compile(_HOSTS), "a registry's host"),
    (re.compile(r"^(--index-url|--extra-index-url|--find-links)"), "a registry in a lock file"),
)
TEXT = {".py", ".md", ".toml", ".txt", ".in", ".sh", ".css", ".js", ".html", ".yml", ".json", ".po"}
CODE = {".py", ".js", ".css", ".sh", ".html"}
PHYSICAL = re.compile(
    r"(?<![-\w])(?:(?:margin|padding|border|inset)-(?:left|right)|(?:left|right)\s*:|"
    r"(?:text-align|float|clear)\s*:\s*(?:left|right))"
)


class Breach(tuple[str, int, str]):
    """One breach of a house rule: path, line, what and what to do."""

    __slots__ = ()

    def __str__(self) -> str:
        """Show as path:line: rule."""
        return f"{self[0]}:{self[1]}: {self[2]}"


def tracked(root: Path) -> list[str]:
    """Paths below `root` that git tracks or would track."""
    command = ["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return sorted({path for path in listed.splitlines() if (root / path).is_file()})


def breaches(root: Path) -> Iterator[Breach]:
    """Every breach in the tree at `root`."""
    for path in tracked(root):
        if Path(path).suffix not in TEXT and not path.endswith(("Makefile", ".ci/run")):
            continue
        text = (root / path).read_text("utf-8", errors="replace")
        yield from local_things(path, text)
        yield from sizes(path, text)
        if path.endswith(".css"):
            yield from physical_css(path, text)
        if not path.startswith(WORDS_ALLOWED_IN):
            yield from words(path, text)


def local_things(path: str, text: str) -> Iterator[Breach]:
    """Machine paths and registry hosts."""
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, what in NOTHING_LOCAL:
            if pattern.search(line):
                yield Breach((path, number, f"{what}: take it out"))


def sizes(path: str, text: str) -> Iterator[Breach]:
    """Files and functions that have grown too long."""
    lines = text.count("\n")
    if Path(path).suffix in CODE and lines > FILE_LINES_MAX:
        yield Breach((path, lines, f"{lines} lines, at most {FILE_LINES_MAX}: split by concept"))
    if not path.endswith(".py"):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                rule = f"{node.name} has {length} lines, at most {FUNCTION_LINES_MAX}"
                yield Breach((path, node.lineno, rule))


def physical_css(path: str, text: str) -> Iterator[Breach]:
    """Left and right in style sheets: half of our languages read the other way."""
    for number, line in enumerate(text.splitlines(), 1):
        if PHYSICAL.search(line):
            yield Breach((path, number, "left/right: use a logical property (inline-start/-end)"))


def words(path: str, text: str) -> Iterator[Breach]:
    """Banned synonyms, in prose and names."""
    for number, line in enumerate(text.splitlines(), 1):
        for word in re.findall(r"[A-Za-z]+", line.replace(INCIDENTS, "")):
            better = BANNED.get(word.lower())
            if better and "mosquitto" not in line.lower() and "PTY" not in line:
                yield Breach((path, number, f"'{word}': say {better}"))
    if path.endswith(".py"):
        yield from names(path, text)


def names(path: str, text: str) -> Iterator[Breach]:
    """Banned synonyms among the names that Python code defines."""
    defined = _defined(ast.parse(text))
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME and token.string in defined:
            for part in token.string.lower().split("_"):
                better = BANNED_NAMES.get(part)
                if better:
                    rule = f"name '{token.string}': say {better}"
                    yield Breach((path, token.start[0], rule))


def _defined(tree: ast.AST) -> set[str]:
    """Names that this file defines itself: functions, classes, arguments and variables."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def main() -> int:
    """Print every breach; 1 if there is any."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = sorted(set(breaches(root)))
    for breach in found:
        print(breach)
    print(f"tidy: {len(found)} breaches" if found else "tidy: the house is in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
