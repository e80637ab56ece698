"""A form that was not taken is given back as it was sent: one way for every form of the console.

It promises that whoever has no script finds what he typed in the fields where he typed it, what is
wrong with a field beside that field and told with it, and the focus on the first such field. What
must not be shown again (passwords, codes, keys, spoken words) comes back empty. It works on the
page as it is drawn, so that no form has to know of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.datastructures import FormData

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fastapi import Request

Span = tuple[int, int]
SECRET = ("password", "new", "said", "duress", "code", "token", "secret")
"""Parts of the names of fields that are never shown again."""
CHOSEN = ("checkbox", "radio")
UNTYPED = ("hidden", "file", "submit", "button", "image", "reset")


def secret(name: str) -> bool:
    """Whether a field of this name may hold what is not shown again."""
    return any(word in name for word in SECRET)


@dataclass(slots=True)
class Field:
    """One control of a form, and where it stands in the page."""

    tag: str
    given: dict[str, str]
    at: Span
    label: Span | None = None
    group: int = 0
    inside: Span = (0, 0)
    options: list[Option] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name that it is sent under."""
        return self.given.get("name", "")

    @property
    def kind(self) -> str:
        """Of an input what it takes; of others the tag."""
        return self.given.get("type", "text") if self.tag == "input" else self.tag

    @property
    def kept(self) -> bool:
        """Whether what was typed here may be shown again."""
        hidden = "data-secret" in self.given or self.kind == "password"
        once = self.given.get("autocomplete") == "one-time-code"
        return not (hidden or once or secret(self.name))


@dataclass(slots=True)
class Option:
    """One choice of a list; without a value its text is its value."""

    given: dict[str, str]
    at: Span
    text: str = ""


@dataclass(slots=True)
class Form:
    """A form of the page, the foldings around it, and its controls."""

    at: Span
    actions: list[str]
    folded: list[Span]
    fields: list[Field] = field(default_factory=list)
    hidden: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """Finds the forms of a page of ours. Our templates close what they open."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self._lines = [0]
        for line in html.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self.forms: list[Form] = []
        self.main: Span | None = None
        self.alert: Span | None = None
        self.focused: list[Span] = []
        self._form: Form | None = None
        self._folds: list[Span] = []
        self._label: int | None = None
        self._group = 0
        self._waits: list[Field] = []
        self._list: Field | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of what belongs to a form."""
        given = {name: value or "" for name, value in attrs}
        begin = self._here()
        at = (begin, begin + len(self.get_starttag_text() or ""))
        if "autofocus" in given:
            self.focused.append(at)
        if tag == "main":
            self.main = at
        elif given.get("role") == "alert" and "wrong" in given.get("class", "").split():
            self.alert = at
        elif tag == "details":
            self._folds.append(at)
        elif tag == "form" and given.get("method", "").lower() == "post":
            self._form = Form(at, [given.get("action", "")], list(self._folds))
            self.forms.append(self._form)
        elif self._form is not None:
            self._control(self._form, tag, given, at)

    def _control(self, form: Form, tag: str, given: dict[str, str], at: Span) -> None:
        if tag == "label":
            self._label = at[0]
        elif tag == "fieldset":
            self._group = at[1]
        elif tag == "option" and self._list is not None:
            self._list.options.append(Option(given, at))
        elif tag in ("input", "select", "textarea"):
            if given.get("type") == "hidden":
                form.hidden[given.get("name", "")] = given.get("value", "")
                return
            one = Field(tag, given, at, group=self._group, inside=(at[1], at[1]))
            form.fields.append(one)
            if self._label is not None:
                self._waits.append(one)
            self._list = one if tag == "select" else None
        elif tag == "button" and given.get("formaction"):
            form.actions.append(given["formaction"])

    def handle_data(self, data: str) -> None:
        """The text of an option is its value where it names none."""
        if self._list is not None and self._list.options:
            self._list.options[-1].text += data

    def handle_endtag(self, tag: str) -> None:
        """Take note of where it ends."""
        here = self._here()
        if tag == "details" and self._folds:
            self._folds.pop()
        elif tag == "form":
            self._form, self._group = None, 0
        elif tag == "label" and self._label is not None:
            for one in self._waits:
                one.label = (self._label, here + len("</label>"))
            self._label, self._waits = None, []
        elif tag == "fieldset":
            self._group = 0
        elif tag == "select":
            self._list = None
        elif tag == "textarea" and self._form is not None and self._form.fields:
            one = self._form.fields[-1]
            one.inside = (one.at[1], here)

    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column


def sent(request: Request) -> list[tuple[str, str]]:
    """What a form brought, in its order; nothing when none was read."""
    form = getattr(request, "_form", None)  # read already; nothing is read for a refusal
    if request.method != "POST" or not isinstance(form, FormData):
        return []
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


def fill(
    html: str, path: str, typed: Iterable[tuple[str, str]], wrong: Mapping[str, str], said: str = ""
) -> str | None:
    """The page with its form for `path` as it was sent; None when it has no such form any more.

    wrong  by a field's name what is wrong with it, in the reader's words
    said   is told at the top of the page, where the page does not tell it itself
    """
    sent = list(typed)
    page = Page(html)
    form = _meant(page.forms, path, dict(sent))
    if form is None:
        return None
    edits: dict[Span, str] = {}
    for place in form.folded:
        edits[place] = _tag(html, place, {}, {"open": ""})
    values: dict[str, list[str]] = {}
    for name, value in sent:
        values.setdefault(name, []).append(value)
    faulty = [one for one in form.fields if one.name in wrong and one.kind not in UNTYPED]
    moves = _focus(html, page, edits, moves=bool(faulty or said))
    told: set[str] = set()
    for one in form.fields:
        if one.kind in UNTYPED or "disabled" in one.given:
            continue
        more: dict[str, str] = {}
        drop = {"autofocus": ""} if moves and "autofocus" in one.given else {}
        if one in faulty:
            more = _marks(one, edits, wrong, told, first=one is faulty[0])
        _refill(html, one, values, edits, (drop, more))
    edits.setdefault(form.at, _tag(html, form.at, {}, {"data-given-back": ""}))
    if said and page.main:
        focus = "" if faulty else " autofocus"
        words = f'<p role="alert" class="wrong" data-first tabindex="-1"{focus}>{escape(said)}</p>'
        edits[page.main[1], page.main[1]] = words
    return _edited(html, edits)


def _focus(html: str, page: Page, edits: dict[Span, str], *, moves: bool) -> bool:
    """Take the focus from where the page puts it; without one, the page's own alert has it."""
    if moves:
        for place in page.focused:
            edits[place] = _tag(html, place, {"autofocus": ""}, {})
    elif page.alert and not page.focused:
        edits[page.alert] = _tag(html, page.alert, {}, {"tabindex": "-1", "autofocus": ""})
    return moves


def _meant(forms: list[Form], path: str, sent: Mapping[str, str]) -> Form | None:
    """The form that was sent: by its address, and by what it carries unseen."""
    fitting = [
        one for one in forms if path in (unquote(way.split("?")[0]) or path for way in one.actions)
    ]
    same = (one for one in fitting if _carries(one, sent))
    return next(same, None)


def _carries(form: Form, sent: Mapping[str, str]) -> bool:
    """Whether the form's unseen values are those that were sent; a version may have grown."""
    return all(sent.get(name) == value for name, value in form.hidden.items() if name != "version")


def _marks(
    one: Field, edits: dict[Span, str], wrong: Mapping[str, str], told: set[str], *, first: bool
) -> dict[str, str]:
    """Put what is wrong beside the field; the attributes that tie the two together."""
    id_ = f"wrong-{one.name}"
    if one.name not in told:
        told.add(one.name)
        words = f'<p class="field-wrong" id="{escape(id_)}">{escape(wrong[one.name])}</p>'
        if one.kind in CHOSEN and one.group:
            edits[one.group, one.group] = words
        elif one.label is not None:
            edits[one.label[0], one.label[0]] = '<div class="field">'
            edits[one.label[1], one.label[1]] = words + "</div>"
        else:
            end = one.inside[1] + len("</textarea>") if one.tag == "textarea" else one.at[1]
            edits[end, end] = words
    known = one.given.get("aria-describedby", "")
    more = {"aria-invalid": "true", "aria-describedby": f"{known} {id_}".strip()}
    return more | ({"autofocus": ""} if first else {})


def _refill(
    html: str,
    one: Field,
    values: dict[str, list[str]],
    edits: dict[Span, str],
    changes: tuple[dict[str, str], dict[str, str]],
) -> None:
    """Put what was sent into one control; of `changes` the first are dropped, the others added."""
    sent = values.get(one.name, [])
    drop, more = changes
    if one.kept and one.kind in CHOSEN:
        drop = drop | {"checked": ""}
        if one.given.get("value", "on") in sent:
            more = more | {"checked": ""}
    elif one.kept and one.tag == "select" and sent:
        _choose(html, one, sent, edits)
    elif one.kept and one.tag == "textarea" and sent:
        edits[one.inside] = "\n" + escape(sent.pop(0), quote=False)
    elif one.kept and one.tag == "input" and sent:
        drop = drop | {"value": ""}
        more = more | {"value": sent.pop(0)}
    if more or drop:
        edits[one.at] = _tag(html, one.at, drop, more)


def _choose(html: str, one: Field, sent: list[str], edits: dict[Span, str]) -> None:
    for option in one.options:
        chosen = option.given.get("value", option.text.strip()) in sent
        edits[option.at] = _tag(
            html, option.at, {"selected": ""}, {"selected": ""} if chosen else {}
        )


def _tag(html: str, at: Span, drop: Mapping[str, str], more: Mapping[str, str]) -> str:
    """A start tag without the attributes of `drop`, with those of `more`."""

    class One(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = {k: v for k, v in attrs if k not in drop} | dict(more)
            said = (f' {k}="{escape(v)}"' if v is not None else f" {k}" for k, v in given.items())
            self.made = f"<{tag}{''.join(said)}>"

    parser = One()
    parser.feed(html[at[0] : at[1]])
    return parser.made


def _edited(html: str, edits: Mapping[Span, str]) -> str:
    made, done = [], 0
    for (begin, end), text in sorted(edits.items(), key=lambda one: one[0]):
        made += [html[done:begin], text]
        done = end
    return "".join([*made, html[done:]])
