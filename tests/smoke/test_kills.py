"""Two kills of each process under traffic and commits; `make soak` does fifty, and hangs."""

import random

import pytest
from soak.kill_components import kill


@pytest.mark.requirement("R6 R20 R28 R29 R30 R31 R35")
def test_whatever_is_killed_the_others_go_on_and_nothing_is_lost(box):
    seed = random.randrange(1 << 31)
    print(f"seed {seed}")
    rounds = kill(box, 2, seed, hangs=0)
    print(rounds.told())
    assert rounds.commits > 6
