"""Response plans and interview: a silent hold-up stays silent, nobody unsafe is talked away."""

import pytest

from alarm_receiver.config import Misconfigured
from alarm_receiver.domain.interview import Branch, Question, branch
from alarm_receiver.domain.plan import Premises, check_call
from alarm_receiver.domain.ticket import Refused
from alarm_receiver.plans import read_plans
from alarm_wire.signal import KIND_NAMES

HEAD = "inherits = 'generic'\n[[plan]]\nkinds = ['panic']\n"


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    return read_plans(tmp_path_factory.mktemp("none"))


def test_every_country_has_a_plan_for_every_kind(plans):
    assert {"generic", "gb", "us", "cz", "ir", "il", "ru", "hu"} <= set(plans.ids())
    for id_ in plans.ids():
        country = plans.get(id_)
        assert country.unconfirmed, id_
        for kind in [*KIND_NAMES.values(), "kind_20", "security"]:
            for silent in (True, False):
                plan = country.plan(kind, silent=silent)
                assert plan.steps
                assert plan.outcomes


def test_no_plan_of_a_silent_signal_ever_calls_the_premises(plans):
    for id_ in plans.ids():
        for kind in [*KIND_NAMES.values(), "kind_20"]:
            plan = plans.get(id_).plan(kind, silent=True)
            assert plan.premises is Premises.NEVER
            assert not any("call the site" in step.lower() for step in plan.steps)
            with pytest.raises(Refused, match="never call the premises"):
                check_call(plan, "premises", dispatched=True, override=None)
            check_call(plan, "premises", dispatched=False, override="owner asked, in writing")
            check_call(plan, "agency", dispatched=False, override=None)


def test_a_fire_is_dispatched_first(plans):
    plan = plans.get("generic").plan("fire", silent=False)
    with pytest.raises(Refused, match="dispatch first"):
        check_call(plan, "premises", dispatched=False, override=None)
    check_call(plan, "premises", dispatched=True, override=None)


def test_a_country_inherits_and_overrides(plans):
    british, czech = plans.get("gb"), plans.get("cz")
    assert "URN" in british.plan("hold_up", silent=True).steps[0]
    assert (
        czech.plan("hold_up", silent=True).steps
        == plans.get("generic").plan("hold_up", silent=True).steps
    )
    assert (british.false_alarms_max, british.false_alarm_days) == (2, 365)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("inherits = 'own'", "circle"),
        ("inherits = 'atlantis'", "no plan file"),
        ("not toml", "own.toml"),
        (
            HEAD + "silent = true\npremises = 'first'\nsteps = ['x']\noutcomes = ['attended']",
            "silent plan",
        ),
        (
            HEAD + "silent = false\npremises = 'maybe'\nsteps = ['x']\noutcomes = ['attended']",
            "maybe",
        ),
        ("inherits = 'generic'\nfirst_action_s = 'soon'", "own"),
    ],
)
def test_a_plan_that_cannot_be_is_named_at_the_start(tmp_path, text, what):
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(Misconfigured, match=what):
        read_plans(tmp_path)


@pytest.mark.parametrize(
    ("safe", "medical", "follows"),
    [
        ("yes", "no", Branch.BY_PHONE),
        ("no", "no", Branch.DISPATCH),
        ("yes", "yes", Branch.DISPATCH),
        ("unknown", "no", Branch.DISPATCH),
        ("yes", "unknown", Branch.DISPATCH),
        (None, "yes", Branch.DISPATCH),
        ("yes", None, Branch.ASK),
        (None, None, Branch.ASK),
    ],
)
def test_the_branch_rule(safe, medical, follows):
    given = {Question.SAFE: safe, Question.MEDICAL: medical}
    assert branch({question: one for question, one in given.items() if one}) is follows
