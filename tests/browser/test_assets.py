"""A wheel carries the console whole: fonts with licences and checksums, templates, catalogues."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_wheel_built_here_serves_every_asset_without_node(tmp_path):
    """A21: installed alone into an empty folder, it answers with the bytes of its manifest."""
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "-w", str(tmp_path), str(ROOT)], check=True, timeout=300)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "installed")
    check = (
        "import base64, hashlib, json, sys; from pathlib import Path\n"
        "from alarm_receiver.web.pages import STATIC, fonts\n"
        "assert str(STATIC).startswith(sys.argv[1]), STATIC\n"
        "vendor = STATIC / 'vendor'\n"
        "sums = json.loads((vendor / 'manifest.json').read_text())\n"
        "def sha(path): return base64.b64encode(hashlib.sha384(path.read_bytes()).digest())\n"
        "assert all('sha384-' + sha(vendor / n).decode() == s for n, s in sums.items())\n"
        "assert fonts()\n"
        "print(json.dumps(sorted(sums)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", check, str(tmp_path)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "installed"), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    names = json.loads(done.stdout)
    assert sum(name.endswith(".LICENSE.txt") for name in names) == 4
    assert sum(name.endswith(".woff2") for name in names) == 12
