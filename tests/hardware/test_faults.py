"""Every seeded fault is caught by the check that is there for it. Needs KiCad 9 and ngspice."""

import pytest

from hardware.fault_list import FAULTS
from hardware.faults import copy
from needs import needs

FAULTS_MIN = 20
CHECKS = list(dict.fromkeys(fault.check for fault in FAULTS))


@pytest.fixture(scope="module", autouse=True)
def _programs():
    needs("kicad-cli")
    needs("ngspice")


def test_there_are_enough_faults_and_none_twice():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= FAULTS_MIN


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_the_fault_is_caught(fault, tmp_path):
    places = copy(tmp_path)
    fault.edit(places)
    complaints = fault.check(places)
    assert any(fault.word in line for line in complaints), complaints


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__qualname__)
def test_the_check_is_quiet_without_a_fault(check, tmp_path):
    assert check(copy(tmp_path)) == []
