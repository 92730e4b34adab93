"""The last committed configuration is there again, however the controller ended."""

import random
import re
import signal
import subprocess
import threading
import time

import pytest
from conftest import ROOT
from ncclient.operations import RPCError

from box import config

YANG = ROOT / "tests/northbound/yang"


def bottle(number, label="x"):
    return config(f'<cellar xmlns="urn:lagopus:test:cellar"><bottle><id>{number}</id><label>{label}</label></bottle>'
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


@pytest.mark.requirement("R10 R34")
def test_a_full_disk_refuses_commits_and_loses_nothing(lagopusd, tmp_path):
    state = tmp_path / "small"
    state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "lagopus-test", state], check=True)
    try:
        daemon = lagopusd("--yang", YANG, state="small")
        done = set()
        with daemon.netconf() as netconf:
            with pytest.raises(RPCError) as error:
                for number in range(1, 1000):
                    netconf.edit_config(target="running", config=bottle(number, "x" * 8000))
                    done.add(number)
            assert done and error.value.tag == "operation-failed" and "No space left" in error.value.message
            assert numbers(netconf) == done, "what was refused is not there"
            subprocess.run(["mount", "-o", "remount,size=4m", state], check=True)
            netconf.edit_config(target="running", config=bottle(2000))
            done.add(2000)
        daemon.stop(signal.SIGKILL)
        again = lagopusd("--yang", YANG, state="small")
        with again.netconf() as netconf:
            assert numbers(netconf) == done
        again.stop()
        assert "\tat " not in daemon.log.read_text(), "a full disk is no mistake of ours"
    finally:
        subprocess.run(["umount", "-l", state], check=True)


@pytest.mark.requirement("R4")
def test_nobody_else_reads_what_is_kept(lagopusd):
    daemon = lagopusd("--yang", YANG)
    kept = [file for file in daemon.state.iterdir() if file.is_file() and file.stat().st_size]
    assert kept and not [file.name for file in kept if file.stat().st_mode & 0o077]


def test_it_starts_and_stops_in_bearable_time(lagopusd):
    begun = time.monotonic()
    lagopusd("--yang", YANG).stop()
    assert time.monotonic() - begun < 60
