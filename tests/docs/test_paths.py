"""Every path of the API that a page names is answered there, by the published schema."""

import re
from pathlib import Path

import pytest

from receiving import running

ROOT = Path(__file__).parents[2]
PAGES = sorted(path for path in ROOT.glob("docs/*.md") if "/v1/" in path.read_text("utf-8"))
NAMED = re.compile(r"`(?:(GET|POST|PUT|PATCH|DELETE) )?(/v1/[\w/.-]*\w)")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Pattern of each path -> its methods; words in capitals or braces stand for anything."""
    with running(tmp_path_factory.mktemp("receiver")) as (_, client):
        paths = client.http.get("/openapi.json").json()["paths"]
    return {re.sub(r"\{[^}]*\}", "[^/]+", path): set(paths[path]) for path in paths}


def unknown(text, published):
    """What a page names and the schema does not have."""
    for method, path in NAMED.findall(text):
        methods = [has for pattern, has in published.items() if re.fullmatch(pattern, path)]
        if not any(method.lower() in has or not method for has in methods):
            yield f"{method} {path}".strip()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_paths_of_a_page_are_there(page, published):
    assert list(unknown(page.read_text("utf-8"), published)) == []


def test_a_path_that_is_not_there_is_found(published):
    said = "`GET /v1/tickts`, `POST /v1/tickets/ID/acknowledge` and `DELETE /v1/tickets`"
    assert list(unknown(said, published)) == ["GET /v1/tickts", "DELETE /v1/tickets"]
