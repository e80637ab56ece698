#!/usr/bin/env bash
# Writes requirements/run.txt, dev.txt and assets.txt: exact versions and hashes, no registry's name.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${VENV:-.venv}/bin
for name in dev run assets; do
    "$bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-header --no-annotate \
        $([ $name = run ] && echo --constraint requirements/dev.txt) \
        "requirements/$name.in" --output-file "requirements/$name.txt"
done
