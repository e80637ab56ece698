"""A form that was not taken comes back as it was sent: on the page, and from every screen."""

import re
from html.parser import HTMLParser

import httpx
import pytest

from alarm_receiver.web.given_back import fill
from receiving import PASSWORD, running

PAGE = """<body><main id="main">
<p>\u2028 a line that is none</p>
<form method="post" action="/other"><input name="name" value="kept"></form>
<details><summary>Add</summary><form method="post" action="/people" class="stack">
<label>Name <input name="name" required value="" autofocus></label>
<label>Role <select name="role"><option>operator</option><option value="admin" selected>Chief
</option></select></label>
<label>Note <textarea name="note" aria-describedby="hint">old</textarea></label>
<label>Word <input name="word" data-secret></label>
<label>Password <input type="password" name="password"></label>
<fieldset><legend>Members</legend><label><input type="checkbox" name="members" value="A"></label>
<label><input type="checkbox" name="members" value="B" checked></label></fieldset>
<button>Save</button></form></details></main></body>"""


def test_every_kind_of_field_comes_back_and_no_secret():
    sent = [("name", '<"Bela">'), ("role", "operator"), ("note", "\nnew & <b>"),
            ("word", "Harvest"), ("password", "not again"), ("members", "A")]  # fmt: skip
    page = fill(PAGE, "/people", sent, {})
    assert 'value="&lt;&quot;Bela&quot;&gt;"' in page
    assert '<option selected="">operator</option>' in page
    assert '<option value="admin">Chief' in page
    assert ">\n\nnew &amp; &lt;b&gt;</textarea>" in page
    assert re.search(r'value="A" checked=""', page)
    assert 'value="B">' in page
    assert '<details open="">' in page
    assert 'value="kept"' in page, "a form that was not sent stays"
    assert "Harvest" not in page
    assert "not again" not in page


def test_what_is_wrong_stands_beside_its_field_and_has_the_focus():
    page = fill(PAGE, "/people", [("note", "x"), ("name", "")], {"note": "Too <long>"})
    assert page.count("autofocus") == 1
    (area,) = re.findall(r"<textarea[^>]*>", page)
    assert 'aria-invalid="true"' in area
    assert 'aria-describedby="hint wrong-note"' in area
    assert "autofocus" in area
    assert '<p class="field-wrong" id="wrong-note">Too &lt;long&gt;</p></div>' in page
    assert page.index('<div class="field">') < page.index("Note <textarea")


def test_a_choice_of_many_says_it_once():
    page = fill(PAGE, "/people", [], {"members": "Too many"})
    assert page.count("Too many") == 1
    assert page.count('aria-describedby="wrong-members"') == 2


def test_a_form_that_is_not_there_any_more_is_said_to_be_gone():
    assert fill(PAGE, "/gone", [("name", "x")], {}) is None


def test_of_forms_with_one_address_the_one_that_was_sent():
    page = "".join(
        f'<form method="post" action="/a"><input type="hidden" name="q" value="{q}">'
        f'<input type="hidden" name="version" value="9"><input name="text"></form>'
        for q in ("one", "two")
    )
    filled = fill(page, "/a", [("q", "two"), ("version", "7"), ("text", "Smoke")], {})
    assert filled.index("Smoke") > filled.index('value="two"')
    assert filled.count("Smoke") == 1


class Seen(HTMLParser):
    """The fields of one form, as a browser would show them."""

    def __init__(self, html, action):
        super().__init__()
        self.action, self.on, self.fields, self.alerts = action, False, {}, 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.on = given.get("action", "").split("?")[0] == self.action
        if given.get("role") == "alert" and "wrong" in given.get("class", ""):
            self.alerts += 1
        if self.on and tag in ("input", "textarea", "select"):
            self.fields.setdefault(given.get("name"), given)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with running(tmp_path_factory.mktemp("given")) as (receiver, client):
        client.site("Bakery", "12")
        yield receiver, client


@pytest.fixture(scope="module")
def ada(house):
    headers = {"Accept": "text/html"}
    with httpx.Client(base_url=house[0].url, timeout=60, headers=headers) as http:
        http.post("/sign-in", data={"name": "Ada", "password": PASSWORD})
        yield http


def sent(http, action, form, screen=None):
    answer = http.post(action, data=form)
    assert answer.status_code == 422, answer.text[:400]
    return answer, Seen(answer.text, screen or action)


LONG = "x" * 2000


@pytest.mark.parametrize(
    ("action", "form", "wrong", "kept"),
    [
        ("/people", {"name": "Zoë", "password": "short", "role": "auditor"}, "password", "name"),
        ("/people", {"name": "n" * 90, "password": PASSWORD, "role": "auditor"}, "name", "name"),
        ("/teams", {"name": "Noční směna", "members": ["Ada"]}, "name", "name"),
        ("/roster/duties", {"operator": "Ada", "begins": "soon", "ends": "x"}, "begins", "ends"),
        ("/holds", {"kind": "site", "subject": "9999", "reason": "court"}, "subject", "reason"),
        ("/holds", {"kind": "site", "subject": "4711", "reason": LONG}, "reason", "subject"),
        ("/agencies", {"name": "North", "id": "-x-"}, "id", "name"),
        ("/units", {"name": "Patrol", "kind": "guard", "spot": "here"}, "spot", "name"),
        ("/units", {"name": "Patrol", "kind": "guard", "phone": LONG}, "phone", "name"),
        ("/customers", {"name": "", "note": "rings twice"}, "name", "note"),
        ("/authorities", {"name": "Police", "kind": "army", "note": "x"}, "kind", "note"),
        ("/proposals", {"what": "delete_site", "site": "-", "reason": LONG}, "reason", "what"),
        ("/account/tokens", {"label": "A script", "days": "9"}, "scopes", "label"),
        ("/account/tokens", {"label": "A script", "days": "900"}, "days", "label"),
    ],
)  # fmt: skip
def test_every_form_comes_back(ada, action, form, wrong, kept):
    answer, seen = sent(ada, action, form)
    assert seen.fields[wrong]["aria-invalid"] == "true"
    told = seen.fields[wrong]["aria-describedby"].split()[-1]
    assert f'id="{told}"' in answer.text
    focused = [name for name, one in seen.fields.items() if "autofocus" in one]
    assert focused == [wrong]
    assert answer.text.count("autofocus") == 1
    assert seen.alerts == 1
    assert seen.fields[kept]["value"] == form[kept] if "value" in seen.fields[kept] else True
    assert form.get("password", "\0") not in answer.text


def test_a_sites_forms_come_back(house, ada):
    site = house[1].site("Jeweller", "4711")
    for path, form, wrong, kept in (
        ("details", {"name": "Gold", "jurisdiction": "mars", "language": "en", "phone": "77",
                     "police_response": "active"}, "jurisdiction", "phone"),
        ("details", {"name": "Gold", "jurisdiction": "generic", "language": "en",
                     "police_response": "active", "phone": "7" * 50}, "phone", "name"),
        ("keyholders", {"rank": "400", "name": "Jana", "phone": "1", "language": "en",
                        "duress": "blue"}, "rank", "name"),
        ("keyholders", {"rank": "4", "name": "Jana", "phone": "1", "language": "en",
                        "duress": "blue"}, "password", "name"),
        ("tests", {"minutes": "900", "reason": "new battery"}, "minutes", "reason"),
        ("spot", {"spot": "the corner"}, "spot", "spot"),
    ):  # fmt: skip
        answer, seen = sent(ada, f"/sites/{site}/{path}", form)
        assert "autofocus" in seen.fields[wrong], path
        assert seen.fields[kept]["value"] == form[kept], path
        assert answer.text.count('role="alert" class="wrong"') == 1
        assert "blue" not in answer.text


def test_a_change_of_a_customer_stays_a_change(house, ada):
    made = house[1].http.post("/v1/customers", json={"name": "Gold & Sons"}).json()["id"]
    form = {"id": made, "name": "Gold & Sons", "note": "x" * 900, "mail": "m" * 300}
    answer, seen = sent(ada, f"/customers?customer={made}", form, "/customers")
    assert "autofocus" in seen.fields["mail"]
    assert seen.fields["id"]["value"] == made
    assert answer.headers["cache-control"] == "no-store"


def test_a_refusal_of_somebody_elses_page_gives_nothing_back(ada):
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = ada.post("/people", data={"name": "Planted"}, headers=headers)
    assert answer.status_code == 403
    assert 'value="Planted"' not in answer.text


def test_a_sign_in_and_a_set_up_keep_the_name_and_no_password(house):
    with httpx.Client(base_url=house[0].url, headers={"Accept": "text/html"}) as http:
        answer = http.post("/sign-in", data={"name": "Ada", "password": "not this one"})
        assert answer.status_code == 401
        assert 'value="Ada"' in answer.text
        assert "not this one" not in answer.text
