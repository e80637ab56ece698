"""The fixed texts of labels and notices in six languages, and which way each is written.

Drafts by the developers; a native speaker's correction is welcome and changes only this file.
"""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.labels import LabelError


@dataclass(frozen=True)
class Words:
    """One language: its direction and its texts. `call` and `press` stand on the notice."""

    rtl: bool
    zone: str
    account: str
    keypad: str
    title: str
    call: str
    press: str
    test: str


LANGUAGES: dict[str, Words] = {
    "en": Words(
        rtl=False,
        zone="Zone",
        account="Account",
        keypad="Keypad",
        title="In danger?",
        call="Call this line, day and night:",
        press="or press the red button. Help is told at once.",
        test="Before any test: put the site on test.",
    ),
    "cs": Words(
        rtl=False,
        zone="Zóna",
        account="Účet",
        keypad="Klávesnice",
        title="Jste v nebezpečí?",
        call="Volejte tuto linku, ve dne v noci:",
        press="nebo stiskněte červené tlačítko. Pomoc se to dozví ihned.",
        test="Před každou zkouškou: přepněte objekt do testu.",
    ),
    "hu": Words(
        rtl=False,
        zone="Zóna",
        account="Azonosító",
        keypad="Kezelő",
        title="Veszélyben van?",
        call="Hívja ezt a vonalat éjjel-nappal:",
        press="vagy nyomja meg a piros gombot. A segítség azonnal értesül.",
        test="Minden próba előtt: állítsa a helyszínt teszt üzemmódba.",
    ),
    "ru": Words(
        rtl=False,
        zone="Зона",
        account="Объект",
        keypad="Пульт",
        title="Вы в опасности?",
        call="Звоните на эту линию днём и ночью:",
        press="или нажмите красную кнопку. Помощь узнает сразу.",
        test="Перед проверкой: переведите объект в режим теста.",
    ),
    "he": Words(
        rtl=True,
        zone="אזור",
        account="מנוי",
        keypad="לוח מקשים",
        title="בסכנה?",
        call="חייגו לקו הזה, ביום ובלילה:",
        press="או לחצו על הכפתור האדום. העזרה תדע מיד.",
        test="לפני כל בדיקה: העבירו את האתר למצב בדיקה.",
    ),
    "fa": Words(
        rtl=True,
        zone="ناحیه",
        account="اشتراک",
        keypad="صفحه‌کلید",
        title="در خطر هستید؟",
        call="شبانه‌روز با این خط تماس بگیرید:",
        press="یا دکمهٔ قرمز را فشار دهید. کمک فوراً باخبر می‌شود.",
        test="پیش از هر آزمایش: محل را در حالت آزمایش بگذارید.",
    ),
}


def words_of(language: str) -> Words:
    """The texts of `language`. Raises LabelError with the languages that there are."""
    found = LANGUAGES.get(language)
    if found is None:
        raise LabelError(f"no texts in language '{language}'; use one of {', '.join(LANGUAGES)}")
    return found
