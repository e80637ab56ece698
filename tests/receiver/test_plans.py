"""Response plans and interview: a silent hold-up stays silent, nobody unsafe is talked away."""

import pytest

from alarm_receiver.config import Misconfigured
from alarm_receiver.domain.interview import Branch, Question, branch
from alarm_receiver.domain.plan import Calls, Premises, check_call
from alarm_receiver.domain.ticket import Refused
from alarm_receiver.plans import read_plans
from alarm_wire.signal import KIND_NAMES

HEAD = "inherits = 'generic'\n[[plan]]\nkinds = ['panic']\n"
BODY = "premises = 'PREMISES'\nsteps = ['x']\noutcomes = ['attended']\n"
AUDIBLE = HEAD + "silent = false\n" + BODY.replace("PREMISES", "first")
SILENT = HEAD + "silent = true\n" + BODY.replace("PREMISES", "never")


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
                assert plan.texts("active")
                assert plan.texts("withdrawn")
                assert plan.outcomes


def test_no_plan_of_a_silent_signal_ever_calls_the_premises(plans):
    for id_ in plans.ids():
        for kind in [*KIND_NAMES.values(), "kind_20"]:
            plan = plans.get(id_).plan(kind, silent=True)
            assert plan.premises is Premises.NEVER
            assert not any(step.calls is Calls.PREMISES for step in plan.steps)
            assert not any("call the site" in step.text.lower() for step in plan.steps)
            assert "safe_by_phone" not in plan.outcomes, "nobody may be rung"
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
    assert "URN" in british.plan("hold_up", silent=True).steps[0].text
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
        ("inherits = 'generic'\nfalse_alarm_max = 2", "false_alarm_max is not known"),
        ("inherits = 'generic'\nfalse_alarm_kinds = ['robbery']", "no kind robbery"),
        (AUDIBLE.replace("panic", "hold_upp"), "no kind hold_upp"),
        (AUDIBLE.replace("panic", "kind_256"), "no kind kind_256"),
        (AUDIBLE + "premise = 'never'", "premise is not known"),
        (AUDIBLE.replace("false", "'no'"), "silent is true or false"),
        (AUDIBLE + AUDIBLE.removeprefix("inherits = 'generic'\n"), "has a plan in this file"),
        (AUDIBLE.replace("'x'", "''"), "its text is missing"),
        (AUDIBLE.replace("'x'", "3"), "not 3"),
        (AUDIBLE.replace("'x'", "{ text = 'x', call = 'premises' }"), "call is not known"),
        (AUDIBLE.replace("'x'", "{ text = 'x', calls = 'guard' }"), "guard"),
        (AUDIBLE.replace("'x'", "{ text = 'x', when = 'withdrawn' }"), "may not be empty"),
        (SILENT.replace("attended", "safe_by_phone"), "nobody is rung"),
        (SILENT.replace("'x'", "{ text = 'Ring', calls = 'premises' }"), "calls them"),
    ],
)
def test_a_plan_that_cannot_be_is_named_at_the_start(tmp_path, text, what):
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(Misconfigured, match=what):
        read_plans(tmp_path)


def test_a_silent_signal_is_never_worked_by_a_plan_for_callers_in_whatever_language(tmp_path):
    (tmp_path / "own.toml").write_text(
        "inherits = 'generic'\n[[plan]]\nkinds = ['medical']\nsilent = false\npremises = 'first'\n"
        "steps = ['Zavolejte do objektu: kdo je zraněn?']\noutcomes = ['safe_by_phone']\n"
    )
    own = read_plans(tmp_path).get("own")
    assert own.plan("medical", silent=False).texts("active") == [
        "Zavolejte do objektu: kdo je zraněn?"
    ]
    silent, any_ = own.plan("medical", silent=True), own.plan("any", silent=True)
    assert (silent.steps, silent.outcomes) == (any_.steps, any_.outcomes)
    assert silent.kind == "medical"
    with pytest.raises(Refused, match="a silent medical: never call the premises"):
        check_call(silent, "premises", dispatched=True, override=None)


def test_where_the_police_have_withdrawn_the_guard_is_sent(plans):
    for id_ in plans.ids():
        for kind, silent in (("hold_up", True), ("hold_up", False), ("duress", True)):
            plan = plans.get(id_).plan(kind, silent=silent)
            first, instead = plan.texts("active")[0], plan.texts("withdrawn")[0]
            assert first != instead
            assert first.startswith("Call the")
            assert "withdrawn" in instead
            assert first not in plan.texts("withdrawn")


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
