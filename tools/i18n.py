"""Keeps the console's catalogues in step with its texts.

    python tools/i18n.py            brings alarm_receiver/web/catalogues/*.po up to date
    python tools/i18n.py --check    says what is missing, left over or broken; exit 1 if any

New texts arrive untranslated; texts that are gone leave. English stands in en.po as itself. Each
catalogue says in its head whether a native speaker has read it (`X-Native-Review`).
"""

from __future__ import annotations

import re
import sys
import tomllib
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "alarm_receiver" / "web"
CATALOGUES = WEB / "catalogues"
LANGUAGES = ("cs", "en", "fa", "he", "hu", "ru")
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "speech": None,
    "spoken": None,
    "said": None,
    "language": None,
}
KEYWORDS |= {"ngettext": (1, 2), "count": (1, 2)}
HOLE = re.compile(r"%\(\w+\)[sd]")
REVIEW = "X-Native-Review"


def template() -> Catalog:
    """All texts that the console's code and pages use."""
    catalogue = Catalog(project="Holdfast", charset="utf-8", fuzzy=False)
    found = extract_from_dir(WEB, METHODS, OPTIONS, keywords=KEYWORDS, comment_tags=("L10N:",))
    for filename, _line, text, comments, _context in found:
        if text and (isinstance(text, str) or all(text)):
            catalogue.add(text, locations=[(filename, 0)], auto_comments=comments)
    for text in _plans():
        catalogue.add(text)
    return catalogue


def _plans() -> list[str]:
    """Steps and hints of the response plans that are shipped; an agency's own stay as written."""
    found: list[str] = []
    for path in sorted((ROOT / "alarm_receiver" / "plans").glob("*.toml")):
        for plan in tomllib.loads(path.read_text("utf-8")).get("plan", []):
            steps = [one if isinstance(one, str) else one["text"] for one in plan["steps"]]
            found += [*steps, *plan.get("hints", [])]
    return found


def load(language: str) -> Catalog:
    """The catalogue of `language`; an empty one when there is none yet."""
    path = CATALOGUES / f"{language}.po"
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as source:
        return read_po(source, locale=language)


def updated(language: str, texts: Catalog) -> Catalog:
    """The catalogue with exactly the texts of `texts`; translations that still fit stay."""
    old = load(language)
    review = dict(old.mime_headers).get(REVIEW, "pending")
    plural = get_plural(language)
    fresh = Catalog(Locale.parse(language), project="Holdfast", charset="utf-8", fuzzy=False)
    fresh.header_comment = f"# {Locale.parse(language).english_name}. {REVIEW}: {review}"
    for message in texts:
        if not message.id:
            continue
        kept = old.get(message.id)
        said = kept.string if kept is not None and _whole(kept.string) else ""
        if isinstance(message.id, tuple):
            said = _forms(said, plural.num_plurals)
            if language == "en":
                said = message.id
        elif language == "en":
            said = message.id
        fresh.add(message.id, said, auto_comments=message.auto_comments)
    return fresh


def _whole(said: object) -> bool:
    return bool(said) and (isinstance(said, str) or all(said))  # type: ignore[arg-type]  # a tuple then


def _forms(said: object, count: int) -> tuple[str, ...]:
    if isinstance(said, tuple | list) and len(said) == count:
        return tuple(said)
    return ("",) * count


def text_of(catalogue: Catalog) -> bytes:
    """The catalogue as a file: sorted, without line numbers and dates: it seldom changes."""
    out = BytesIO()
    write_po(out, catalogue, sort_output=True, no_location=True, omit_header=True, width=100)
    language = catalogue.locale.language if catalogue.locale else "en"
    plural = get_plural(language)
    head = (
        f"{catalogue.header_comment}\n"
        'msgid ""\nmsgstr ""\n'
        f'"Language: {language}\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Plural-Forms: {plural.plural_forms}\\n"\n'
        f'"{REVIEW}: {dict(load(language).mime_headers).get(REVIEW, "pending")}\\n"\n\n'
    )
    return head.encode() + out.getvalue()


def wrong(language: str, texts: Catalog) -> list[str]:
    """What keeps the catalogue of `language` from being complete and sound."""
    found = []
    catalogue = load(language)
    wanted = {message.id for message in texts if message.id}
    have = {message.id: message for message in catalogue if message.id}
    found += [f"{language}: missing {_name(one)!r}" for one in wanted if one not in have]
    found += [f"{language}: left over {_name(one)!r}" for one in have if one not in wanted]
    for id_, message in have.items():
        found += [f"{language}: {what} {_name(id_)!r}" for what in _broken(message)]
    return sorted(found)


def _name(id_: object) -> str:
    return id_[0] if isinstance(id_, tuple) else str(id_)


def _broken(message: Message) -> list[str]:
    if not _whole(message.string):
        return ["untranslated"]
    if message.fuzzy:
        return ["fuzzy"]
    ids = message.id if isinstance(message.id, tuple) else (message.id,)
    forms = message.string if isinstance(message.string, tuple) else (message.string,)
    holes = set(HOLE.findall(ids[-1]))
    return (
        ["other holes in"]
        if any(set(HOLE.findall(one)) - holes for one in forms)
        or (len(ids) == 1 and set(HOLE.findall(forms[0])) != holes)
        else []
    )


def main() -> int:
    """Bring the catalogues up to date, or check them."""
    texts = template()
    if "--check" not in sys.argv[1:]:
        for language in LANGUAGES:
            (CATALOGUES / f"{language}.po").write_bytes(text_of(updated(language, texts)))
    found = [line for language in LANGUAGES for line in wrong(language, texts)]
    print("\n".join(found[:200]) or f"i18n: {len(texts)} texts in {len(LANGUAGES)} languages")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
