"""A hundred sessions for a minute; `make soak` is the same for an hour."""

import pytest
from conftest import ROOT
from soak.sessions import soak


@pytest.mark.requirement("R2 R14")
def test_a_hundred_sessions_work_side_by_side_and_leave_nothing(lagopusd):
    daemon = lagopusd("--yang", ROOT / "tests/bench/yang")
    done, _, errors = soak(daemon, sessions=100, seconds=60)
    assert not errors, errors[:10]
    assert done > 100
    assert "request failed" not in daemon.log.read_text()
