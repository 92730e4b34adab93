"""The last committed configuration is there again, however the controller ended."""

import random
import re
import signal
import threading
import time

import pytest
from conftest import ROOT

from box import config

YANG = ROOT / "tests/northbound/yang"


def bottle(number):
    return config(f'<cellar xmlns="urn:lagopus:test:cellar"><bottle><id>{number}</id><label>n{number}</label></bottle>'
                  "</cellar>")


def numbers(netconf):
    data = netconf.get_config("running", filter=("subtree", '<cellar xmlns="urn:lagopus:test:cellar"/>')).data_xml
    return {int(n) for n in re.findall(r"<id>(\d+)</id>", data)}


@pytest.mark.requirement("R10 R35")
def test_what_was_acknowledged_survives_kill_9_at_any_moment(lagopusd):
    acknowledged = set()
    number = 0
    for round_ in range(4):
        daemon = lagopusd("--yang", YANG)
        with daemon.netconf() as netconf:
            found = numbers(netconf)
            assert acknowledged <= found, f"lost: {acknowledged - found}"
            assert found <= acknowledged | {number}, f"from nowhere: {found - acknowledged - {number}}"
            acknowledged = found
        session = daemon.netconf()
        killer = threading.Timer(random.uniform(0.1, 1.5), lambda d=daemon: d.process.send_signal(signal.SIGKILL))
        killer.start()
        try:
            while True:
                number += 1
                session.edit_config(target="running", config=bottle(number))
                acknowledged.add(number)
        except Exception:  # the server is gone, whatever ncclient makes of it
            pass
        killer.join()
        daemon.stop()
    assert len(acknowledged) > 4


@pytest.mark.requirement("R10")
def test_a_torn_tail_of_the_log_is_cut_and_reported(lagopusd):
    daemon = lagopusd("--yang", YANG)
    with daemon.netconf() as netconf:
        for number in (1, 2, 3):
            netconf.edit_config(target="running", config=bottle(number))
    daemon.stop(signal.SIGKILL)
    logs = [file for file in daemon.state.rglob("*") if file.is_file() and file.name.startswith("log.")]
    assert len(logs) == 1, list(daemon.state.rglob("*"))
    whole = logs[0].read_bytes()
    logs[0].write_bytes(whole[:-7])
    again = lagopusd("--yang", YANG)
    with again.netconf() as netconf:
        assert {1, 2} <= numbers(netconf)
        netconf.edit_config(target="running", config=bottle(9))
    assert re.search(r"torn|incomplete|cut", again.log.read_text(), re.I)
    again.stop()
    third = lagopusd("--yang", YANG)
    with third.netconf() as netconf:
        assert {1, 2, 9} <= numbers(netconf)


@pytest.mark.requirement("R10")
def test_a_clean_stop_keeps_everything_but_the_candidate(lagopusd):
    daemon = lagopusd("--yang", YANG)
    with daemon.netconf() as netconf:
        netconf.edit_config(target="running", config=bottle(1))
        netconf.edit_config(target="candidate", config=bottle(2))
    assert daemon.stop() in (0, 143)
    again = lagopusd("--yang", YANG)
    with again.netconf() as netconf:
        assert numbers(netconf) == {1}


def test_it_starts_and_stops_in_bearable_time(lagopusd):
    begun = time.monotonic()
    lagopusd("--yang", YANG).stop()
    assert time.monotonic() - begun < 60
