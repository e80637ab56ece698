"""What somebody of another agency asks: every route, with good bodies that name foreign things.

Routes and bodies come from the published schema and the table of doors, so that a new route is
asked without anybody's doing.
"""

import re

from alarm_receiver.web import doors
from alarm_receiver.web.access import COOKIE
from alarm_receiver.web.shown import KEYPAD, SITE_ID, THING_ID, TICKET_ID

PICTURE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
)
FORM = {
    "version": 1, "name": "x", "text": "x", "password": "x" * 12, "role": "operator",
    "rank": 1, "phone": "1", "language": "en", "minutes": 5, "reason": "x", "said": "x",
    "outcome": "false_alarm", "question": "safe", "answer": "yes", "target": "keyholder",
    "who": "x", "result": "x", "to": "x", "jurisdiction": "generic",
    "police_response": "active", "mine": "yes", "word": "x",
}  # fmt: skip
"""Fields of the console's forms, which no schema describes."""
OTHERS = ("keyholder", "test", "device", "authority")
"""Parts of a path that name something beside its site."""
STREAMS = ("GET /v1/stream", "GET /queue/stream")
OURS = r"{class}|/roster/{act}|/(teams|units)/{name}|/v1/tokens|/account/"
"""Paths whose parts name nothing of another agency: names there are one's own."""


def asked(schema):
    """Every route that asks who somebody is and names things of an agency; no stream."""
    published = {
        f"{method.upper()} {path}" for path, some in schema["paths"].items() for method in some
    }
    open_ = {name for name, door in doors.DOORS.items() if not door.asks}
    intake = {"POST /v1/signals", "POST /v1/receipts", "POST /v1/pieces"}
    assert published - set(doors.DOORS) <= intake, "in the schema and at no door"
    selves = {name for name, door in doors.DOORS.items() if door.scope == doors.SELF}
    return sorted(set(doors.DOORS) - open_ - selves - set(STREAMS))


def place(name, ids):
    """Method and path of a route, with these ids in it."""
    method, path = name.split()
    subject = ids["ticket"] if "/tickets" in path else ids["site"]
    path = path.replace("{id}", subject)
    path = path.replace("{name}", "x" if re.search(OURS, path) else ids["name"])
    path = path.replace("{page}", ids["page"]).replace("{class}", "emergency")
    for part in OTHERS:
        path = path.replace(f"{{{part}}}", ids[part])
    path = re.sub(r"{(epoch|number)}", "1", path).replace("{floor}", "0")
    path = path.replace("{what}", "settings")
    return method, path.replace("{act}", "end").replace("{token}", "x")


def body(schema, name, ids):
    """What httpx sends with a route of the API: the schema's own example, about these ids."""
    method, path = name.split()
    operation = schema["paths"][path][method.lower()]
    wanted = operation.get("requestBody", {}).get("content", {})
    params = {
        one["name"]: "x"
        for one in operation.get("parameters", ())
        if one["in"] == "query" and one.get("required")
    }
    sent = {"params": params} if params else {}
    if "application/json" in wanted:
        example = wanted["application/json"]["example"]
        return sent | {"json": about(example, ids)}
    if wanted:
        media = next(iter(wanted))
        content = PICTURE if media.startswith("image/svg") else wanted[media].get("example", "x")
        return sent | {"content": content, "headers": {"Content-Type": media}}
    return sent


def about(example, ids):
    """`example` with these ids in the place of its own."""
    known = {SITE_ID: "site", TICKET_ID: "ticket", THING_ID: "customer", KEYPAD: "device"}
    if isinstance(example, dict):
        return {name: about(value, ids) for name, value in example.items()}
    if isinstance(example, list):
        return [about(value, ids) for value in example]
    return ids[known[example]] if example in known else example


def ask(http, schema, name, ids):
    """The answer to a stranger: a token for the API, a session for the console."""
    method, path = place(name, ids)
    if path.startswith("/v1"):
        sent = body(schema, name, ids)
        headers = {"Authorization": f"Bearer {http.token}"} | sent.pop("headers", {})
        return http.request(method, path, headers=headers, **sent)
    form = FORM | {"ticket": ids["ticket"], "id": ids["test"]}
    form |= {"customer": ids["customer"], "authority": ids["authority"]}
    sent = {"data": form} if method == "POST" else {}
    return http.request(method, path, headers={"Cookie": f"{COOKIE}={http.session}"}, **sent)


def names_foreign(schema, name, ids):
    """Whether a route's path or body names something that is another agency's."""
    method, path = name.split()
    if "{" in path and not re.search(OURS, path):
        return True
    return method != "GET" and path.startswith("/v1") and _named(body(schema, name, ids), ids)


def names_two(schema, name, ids):
    """Whether a route names something beside the site in its path."""
    path = name.split()[1]
    beside = any(f"{{{part}}}" in path for part in OTHERS)
    rest = {key: value for key, value in ids.items() if key != "site"}
    in_body = path.startswith("/v1") and _named(body(schema, name, ids), rest)
    at_site = "/sites/{id}" in path and "{page}" not in path
    return at_site and (beside or in_body or name.startswith("POST /sites/{id}/customer"))


def _named(sent, ids):
    said = str(sent.get("json", ""))
    return any(f"'{one}'" in said for one in ids.values())
