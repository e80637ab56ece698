"""What a page says, in six languages, short enough for one SMS of 160 (70 in other scripts) signs.

It promises a word for every class and every kind that a ticket can have, so that nobody gets up
for a battery as for a hold-up. It holds no more than whoever finds a telephone may read: no name
of a person, no device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alarm_receiver.domain.paged import Paged

LATIN_MAX, OTHER_MAX = 160, 70
_KINDS = (
    "hold_up|duress|panic|medical|fire|tamper|loop_fault|mains_lost|battery_low|device_late|"
    "device_lost|path_lost|store_trouble|code_locked|self_test_failed|clock_skewed|forgery|"
    "held_back|signals_missing|security|certificate_ends"
)


def _each(names: str, said: str) -> dict[str, str]:
    return dict(zip(names.split("|"), said.split("|"), strict=True))


KINDS = {
    language: _each(_KINDS, said)
    for language, said in {
        "en": "hold-up|duress|panic button|medical|fire|tamper|wiring fault|mains power lost|"
        "battery low|device late|device lost|path lost|storage trouble|code locked|"
        "self-test failed|clock wrong|forged frame|recurring fault|signals missing|"
        "security warning|certificate ends",
        "cs": "přepadení|nátlak|tísňové tlačítko|zdravotní|požár|sabotáž|porucha vedení|"
        "výpadek napájení|slabá baterie|zařízení se opožďuje|zařízení ztraceno|ztracena cesta|"
        "potíže s úložištěm|kód zablokován|zkouška selhala|špatný čas|padělaný rámec|"
        "opakovaná porucha|chybějí signály|bezpečnostní varování|certifikát končí",
        "fa": "سرقت مسلحانه|تحت اجبار|دکمهٔ اضطراری|پزشکی|آتش‌سوزی|دست‌کاری|خرابی سیم‌کشی|"
        "قطع برق|باتری ضعیف|تأخیر دستگاه|قطع دستگاه|قطع مسیر|مشکل حافظه|قفل کد|"
        "خودآزمایی ناموفق|ساعت نادرست|قاب جعلی|"
        "خرابی مکرر|سیگنال‌های نرسیده|هشدار امنیتی|پایان گواهی",
        "he": "שוד|איום|לחצן מצוקה|רפואי|שריפה|חבלה|תקלת חיווט|נפילת מתח|סוללה חלשה|"
        "התקן מאחר|התקן אבד|נתיב אבד|תקלת אחסון|קוד נעול|בדיקה נכשלה|שעון שגוי|"
        "מסגרת מזויפת|תקלה חוזרת|חסרים אותות|אזהרת אבטחה|אישור פג",
        "hu": "rablótámadás|kényszer|pánikgomb|orvosi|tűz|szabotázs|vezetékhiba|áramkimaradás|"
        "gyenge akkumulátor|késő eszköz|elveszett eszköz|megszakadt út|tárolási hiba|"
        "zárolt kód|önteszt sikertelen|hibás óra|hamis keret|ismétlődő hiba|hiányzó jelzések|"
        "biztonsági figyelmeztetés|lejáró tanúsítvány",
        "ru": "нападение|принуждение|тревожная кнопка|медицина|пожар|вскрытие|обрыв линии|"
        "нет питания|слабая батарея|устройство опаздывает|устройство потеряно|канал потерян|"
        "сбой памяти|код заблокирован|самопроверка не пройдена|неверное время|"
        "поддельный кадр|повторный сбой|нет сигналов|угроза безопасности|сертификат истекает",
    }.items()
}
CLASSES = {
    language: _each("emergency|technical|test", said)
    for language, said in {
        "en": "EMERGENCY|technical|test",
        "cs": "TÍSEŇ|technický|zkouška",
        "fa": "اضطراری|فنی|آزمایش",
        "he": "חירום|טכני|בדיקה",
        "hu": "VÉSZHELYZET|műszaki|próba",
        "ru": "ТРЕВОГА|техническая|проверка",
    }.items()
}
SILENT = {
    "en": "silent",
    "cs": "tichý",
    "fa": "بی‌صدا",
    "he": "שקט",
    "hu": "csendes",
    "ru": "тихая",
}
NO_CALL = {
    "en": "Silent alarm: nobody rings the site.",
    "cs": "Tichý poplach: na místo se nevolá.",
    "fa": "هشدار بی‌صدا: کسی به محل زنگ نمی‌زند.",
    "he": "אזעקה שקטה: אין להתקשר למקום.",
    "hu": "Csendes riasztás: a helyszínt senki sem hívja.",
    "ru": "Тихая тревога: на объект никто не звонит.",
}
"""Of a silent ticket, where there is room to say it."""
NOBODY = {
    "en": "nobody has taken it",
    "cs": "nikdo nepřevzal",
    "fa": "کسی برنداشته",
    "he": "איש לא לקח",
    "hu": "senki sem vette át",
    "ru": "никто не принял",
}


def line(paged: Paged) -> str:
    """One line: number, class, kind, account, site; in later rounds that nobody has it."""
    language = spoken(paged)
    said = [f"#{paged.number}", CLASSES[language].get(paged.class_, paged.class_)]
    said.append(KINDS[language].get(paged.kind, ""))
    if paged.silent:
        said.append(SILENT[language])
    text = " ".join(one for one in (*said, paged.account, paged.site) if one)
    if paged.place:
        text += f", {paged.place}"
    if paged.round:
        text += f" - {NOBODY[language]} ({paged.round})"
    return text


def letter(paged: Paged, public_url: str) -> str:
    """The text of a mail: the line, when it was opened, what not to do, and where to take it."""
    said = [line(paged), paged.opened_at]
    if paged.silent:
        said.append(NO_CALL[spoken(paged)])
    if public_url:
        said.append(f"{public_url.rstrip('/')}/tickets/{paged.ticket}")
    return "\n".join(said) + "\n"


def spoken(paged: Paged) -> str:
    """The language that the page is written in."""
    return paged.language if paged.language in KINDS else "en"


def clip(text: str) -> str:
    """As much of `text` as one SMS takes: 160 signs in GSM's basic letters, else 70."""
    limit = LATIN_MAX if text.isascii() else OTHER_MAX
    return (
        text
        if len(text) <= limit
        else text[: limit - 1] + "…"
        if limit == OTHER_MAX
        else text[:limit]
    )
