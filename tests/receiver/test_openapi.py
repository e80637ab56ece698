"""The published schema shows an example of every body, taken and given, and each one fits."""

import jsonschema
import pytest

from alarm_receiver.web import app, examples
from alarm_receiver.web.app import ROUTED
from alarm_receiver.web.shown import SHOWN

OPAQUE = (*examples.BYTES, *examples.PICTURES)


class Unused:
    """The schema is made without a receiver."""


@pytest.fixture(scope="module")
def published():
    return app._people(Unused(), ROUTED).openapi()


def bodies(published):
    """Each body of each operation: what it is called, its media type, and how it is described."""
    for kind in ("paths", "webhooks"):
        for path, operations in published[kind].items():
            for method, operation in operations.items():
                name = f"{method.upper()} {path}"
                asked = operation.get("requestBody", {}).get("content", {})
                yield from ((f"{name} takes", media, body) for media, body in asked.items())
                for status, answer in operation["responses"].items():
                    for media, body in answer.get("content", {}).items():
                        yield f"{name} gives {status}", media, body


def test_every_operation_shows_an_example_of_each_body(published):
    found = list(bodies(published))
    assert len(found) > 300
    bare = [what for what, media, body in found if media not in OPAQUE and "example" not in body]
    assert bare == []
    unknown = [what for what, media, body in found if not body.get("schema")]
    assert unknown == [], "a body without a schema says nothing"


def test_every_example_fits_its_schema(published):
    wrong = []
    for what, _media, body in bodies(published):
        if "example" in body:
            wrong += amiss(published, what, body["schema"], body["example"])
    for name, model in published["components"]["schemas"].items():
        for example in model.get("examples", ()):
            wrong += amiss(published, name, model, example)
    assert wrong == [], "\n".join(wrong)


def amiss(published, what, schema, example):
    """How `example` is not what `schema` says; fields that it does not know included."""
    whole = schema | {"components": published["components"]}
    checker = jsonschema.Draft202012Validator(whole)
    wrong = [f"{what}: {one.json_path} {one.message}" for one in checker.iter_errors(example)]
    if "$ref" in schema:
        model = published["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        wrong += [f"{what}: no {name}" for name in set(example) - set(model["properties"])]
    return wrong


def test_every_model_and_form_has_an_example_and_none_is_of_something_gone(published):
    models = published["components"]["schemas"]
    assert "HTTPValidationError" not in models
    named = set(SHOWN) | set(examples.EXAMPLES) | set(examples.NESTED)
    assert named <= set(models), named - set(models)
    forms = {name for name in models if name.endswith(("Form", "Shown"))}
    assert {name for name in forms if not models[name].get("examples")} == set()


def test_a_missing_example_would_be_seen(monkeypatch):
    fewer = {name: one for name, one in SHOWN.items() if name != "PageShown"}
    monkeypatch.setattr(examples, "SHOWN", fewer)
    bare = [
        what
        for what, media, body in bodies(app._people(Unused(), ROUTED).openapi())
        if media not in OPAQUE and "example" not in body
    ]
    assert bare == ["GET /v1/tickets/{id}/pages gives 200"]
