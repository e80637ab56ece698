"""Every refusal that the console can meet has words in the catalogues, of its own and in full."""

import ast
import re
from pathlib import Path

import httpx
import pydantic
import pytest

from alarm_receiver.domain import orders
from alarm_receiver.web import refusal_words
from alarm_receiver.web.language import NAMES, PSEUDO, language
from alarm_receiver.web.refusal_words import ERRORS, REASONS, reason
from alarm_receiver.web.refusals import refusal
from receiving import PASSWORD, Keypad, running

ROOT = Path(refusal_words.__file__).parents[1]
TOLD = {
    "ApiError", "BadImage", "NoAccount", "NotAlone", "NotDecided", "NotOrdered", "NotRolled",
    "Refused", "Taken", "Unfit", "Unusable",
}  # fmt: skip
"""Errors whose sentence is shown to who sent a form; of ApiError those with these statuses:"""
EXACT = ("400", "409", "422")
DOORS = ("web/oidc.py", "web/passkeys.py", "web/provider.py")
"""Here also those who are not let in are told why."""
ELSEWHERE = {
    "accounts.py": "commands on the machine",
    "domain/image.py": "images go in by a command only",
    "store/images.py": "the same, but for the two that an order meets",
    "store/database.py": "said at the start, on the machine",
    "store/fence.py": "said at the start, on the machine",
    "store/migrate.py": "said at the start, on the machine",
    "store/migrations/": "said at the start, on the machine",
    "store/sealing.py": "said at the start, on the machine",
    "web/archive.py": "the API only",
    "web/callbacks.py": "agencies' own systems only",
    "web/devices.py": "the API only",
    "web/exchange.py": "the API only",
    "web/passkeys.py": "the API only, but for the two on the account page",
    "web/team.py": "policies, addresses and endpoints are of the API, but for one's own account",
    "web/tickets.py": "the API only",
}
BUT = {
    "store/images.py": ("there is no image", "image "),
    "web/team.py": ("you cannot disable", "another administrator"),
}
SENTENCES = {
    "domain/ticket.py": ("a ticket has at least", "entry ", "a timeline begins"),
    "store/ordering.py": ("these settings have",),
    "store/registry.py": ("device ", "account "),
    "web/console/account.py": ("answer is what",),
    "web/floors.py": ("7",),
    "web/provider.py": ("7",),
}
"""Of a file that a form meets the sentences that none does: logs read anew, programs, checks that
are worded where they arise (`7` stands for what is only known then)."""


def sentences():
    """Every sentence that is raised, with 7 in its holes: (file, line, sentence)."""
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)):
                continue
            args = list(node.exc.args)
            kind = getattr(node.exc.func, "id", "")
            if kind == "ApiError" and ast.unparse(args.pop(0)) not in EXACT and name not in DOORS:
                continue
            if kind in TOLD and args:
                yield name, node.lineno, filled(args[0])


def filled(node):
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(filled(one) for one in node.values)
    return "7"


def met(name, said):
    """Whether a form of the console can be answered with this sentence."""
    if any(name.startswith(one) for one in ELSEWHERE):
        return said.startswith(BUT.get(name, ()))
    return not said.startswith(SENTENCES.get(name, ()))


def test_every_sentence_that_a_form_can_meet_has_words():
    found = [one for one in sentences() if met(one[0], one[2])]
    assert len(found) > 50
    unknown = [" ".join(map(str, one)) for one in found if reason(one[2]) is None]
    assert "\n".join(unknown) == ""


def test_what_is_general_stands_back():
    said = "there is no image of version 1.0.0 here; put it in with holdfast send image"
    assert reason(said)[0] is REASONS["no_image"]
    assert reason("there is no customer Gold & Sons")[0] is REASONS["no_subject"]
    assert reason("there is no unit 'Patrol'")[0] is REASONS["no_unit"]


def test_what_keypads_say_of_orders_has_words():
    names = ["host"]
    moves = [
        *(
            orders.heard(9, names, orders.Said(orders.CONFIG_CHANGED, -9, zone))
            for zone in range(80)
        ),
        *(orders.fetched(9, 1, orders.Said(orders.UPDATED, 0, zone)) for zone in range(20)),
        orders.fetched(9, 1, orders.Said(orders.UPDATED, -9, 0)),
    ]
    said = {one.reason for one in moves} | {orders.SILENT}
    assert len(said) > 10
    assert [one for one in said if reason(one) is None] == []


def test_a_sentence_without_words_would_be_found():
    assert reason("the moon is in the wrong house") is None


def test_every_reason_is_still_said_somewhere():
    every = [said for _, _, said in sentences()]
    files = (path for path in ROOT.rglob("*.py") if not path.stem.startswith("refusal_"))
    text = "".join(path.read_text("utf-8") for path in files)
    left = [
        code
        for code, one in REASONS.items()
        if not any(one.sign.fullmatch(said) for said in every)
        and re.split(r"\{\w*\}", one.said.removeprefix("Value error, "))[0][:20] not in text
    ]
    assert sorted(left) == ["no_file", "no_moment"]  # Python's and FastAPI's own


@pytest.mark.parametrize("code", [one for one in NAMES if one != "en"])
def test_every_reason_is_said_in_the_readers_language(code):
    spoken = language(code)
    words = {one.words for one in REASONS.values()} | set(ERRORS.values())
    assert [one for one in words if spoken(one) == one] == []


def test_the_checks_of_every_form_have_words():
    """Each code that pydantic's checks of our forms' kinds can give is known."""

    class Form(pydantic.BaseModel):
        text: str = pydantic.Field(min_length=2, max_length=3, pattern="^a+$")
        number: int = pydantic.Field(ge=1, le=9)
        part: float
        some: list[str] = pydantic.Field(min_length=1, max_length=1)
        yes: bool

    good = {"text": "aa", "number": 1, "part": 1.5, "some": ["a"], "yes": True}
    wrong = [("text", ""), ("text", "aaaa"), ("text", "bb"), ("text", 1), ("yes", "x"),
             ("number", 0), ("number", 10), ("number", "x"), ("number", 1.5), ("part", "x"),
             ("some", []),
             ("some", ["a", "b"])]  # fmt: skip
    for name, value in wrong:
        with pytest.raises(pydantic.ValidationError) as failed:
            Form.model_validate(good | {name: value})
        assert failed.value.errors()[0]["type"] in ERRORS, (name, value)
        said = refusal(failed.value, language("fa")).said
        assert not re.search("[a-z]", said), said


def own(text):
    """What of a page's alert did not go through the catalogues; single facts are set apart."""
    said = re.sub(r"⟦[^⟧]*⟧", "", text)
    said = re.sub("\u2068[^\u2069 ]*\u2069", "", said.replace("не то", ""))
    return re.sub(r"[\W\d_]", "", said)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    with running(tmp_path_factory.mktemp("words")) as (receiver, client):
        site = client.site("Bakery", "12")
        cookies = {"holdfast_language": PSEUDO}
        headers = {"Accept": "text/html"}
        with httpx.Client(
            base_url=receiver.url, timeout=60, headers=headers, cookies=cookies
        ) as http:
            http.post("/sign-in", data={"name": "Ada", "password": PASSWORD})
            yield site, pressed(client, site), http


def forms(html):
    """Every form of a page: its address and the names of its fields."""
    form = r'<form method="post" action="([^"]+)"(.*?)</form>'
    for action, body in re.findall(form, html, re.DOTALL):
        names = re.findall(r'<(?:input|select|textarea|button)[^>]* name="([^"]+)"', body)
        yield action, dict.fromkeys(names)


SCREENS = ("/", "/sites", "/directory", "/roster", "/account", "/people", "/holds", "/proposals",
           "/agencies", "/orders", "/roll-outs", "/undelivered")  # fmt: skip


LEFT = ("/sign-out", "/choices", "/unlock", "/queue/take")


@pytest.mark.parametrize("wrong", ["", "-1", "x" * 5000, "\0", "не то"])
def test_no_form_of_the_console_is_refused_in_english(pages, wrong):
    """Every form of every screen, filled with nothing or with nonsense."""
    site, ticket, http = pages
    tried = 0
    for screen in (*SCREENS, f"/sites/{site}", f"/sites/{site}/walk", f"/tickets/{ticket}"):
        page = http.get(screen)
        assert page.status_code == 200, screen
        for action, names in forms(page.text):
            if action in LEFT or action.endswith("/end"):
                continue
            answer = http.post(action, data=dict.fromkeys(names, wrong))
            tried += 1
            for said in re.findall(r'class="(?:wrong|field-wrong)"[^>]*>([^<]*)<', answer.text):
                assert own(said) == "", (action, said)
    assert tried > 25


def pressed(client, site):
    keypad = Keypad()
    client.register(keypad, site)
    client.send(keypad.press())
    ticket = client.tickets()[0]
    client.act(ticket["id"], "acknowledge", ticket["version"])
    return ticket["id"]
