"""The interview's rules, and that the receiver keeps them over HTTP."""

import itertools

import pytest

from alarm_receiver.domain.interview import (
    CHOICES,
    NO,
    TEXT_MAX,
    YES,
    Hindrance,
    NotAnAnswer,
    NotByPhone,
    Question,
    check_close,
    checked,
    fold,
)
from alarm_receiver.domain.ticket import Act, Entry
from receiving import Keypad, running


def timeline(**answers):
    return [
        Entry("t", place, place, "operator:Ada", Act.ANSWER, 9, checked(question, text))
        for place, (question, text) in enumerate(answers.items(), 2)
    ]


@pytest.mark.parametrize(("safe", "medical"), list(itertools.product(["", *CHOICES], repeat=2)))
def test_only_safe_and_without_medical_need_is_solved_by_phone(safe, medical):
    said = {name: text for name, text in (("safe", safe), ("medical", medical)) if text}
    if (safe, medical) == (YES, NO):
        check_close("safe_by_phone", timeline(**said))
    else:
        with pytest.raises(NotByPhone) as refused:
            check_close("safe_by_phone", timeline(**said))
        assert (Hindrance.UNSAFE in refused.value.hindrances) == (safe == NO)
        assert (Hindrance.MEDICAL in refused.value.hindrances) == (medical == YES)
    check_close("attended", timeline(**said))


def test_the_newest_answer_counts_and_says_who_gave_it():
    first, second = timeline(safe="no"), timeline(safe="yes")
    interview = fold(first + second)
    assert interview.said(Question.SAFE) == "yes"
    assert interview.answers[Question.SAFE].actor == "operator:Ada"
    assert not interview.help_is_needed
    assert fold(second + first).help_is_needed


@pytest.mark.parametrize(
    ("question", "text"), [("colour", "red"), ("safe", "perhaps"), ("place", "x" * (TEXT_MAX + 1))]
)
def test_what_is_not_an_answer_is_refused(question, text):
    with pytest.raises(NotAnAnswer):
        checked(question, text)


def test_an_unsafe_ticket_cannot_be_closed_by_phone_over_the_api(tmp_path):
    with running(tmp_path) as (_, client):
        keypad = Keypad()
        client.register(keypad, client.site())
        client.send(keypad.press())
        id_ = client.tickets()[0]["id"]
        early = client.act(id_, "answer", 1, question="safe", answer="yes")
        assert early.status_code == 409, "answers belong to who has taken the ticket"
        assert client.act(id_, "acknowledge", 1).status_code == 200
        assert client.act(id_, "answer", 2, question="safe", answer="no").status_code == 200
        client.act(id_, "answer", 2, question="medical", answer="no")
        refused = client.act(id_, "close", 4, outcome="safe_by_phone")
        assert refused.status_code == 409
        assert "not in a safe place" in refused.json()["detail"]
        assert client.act(id_, "answer", 4, question="safe", answer="yes").status_code == 200
        assert client.act(id_, "close", 5, outcome="safe_by_phone").status_code == 200
        answers = [one for one in client.ticket(id_)["entries"] if one["act"] == "answer"]
        assert [one["detail"]["answer"] for one in answers] == ["no", "no", "yes"]
