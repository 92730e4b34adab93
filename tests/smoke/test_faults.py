"""What the box promises when something goes wrong: everywhere or nowhere, and forwarding goes on."""

import re
import signal
import subprocess
import threading
import time

import pytest
from conftest import ROOT, clear, eventually
from ncclient.operations import RPCError
from ncclient.xml_ import to_ele
from smoke.test_forwarding import NETS, commit, port, routed

from box import config, dataplane, interface, interfaces, run, subinterface, subinterfaces


class Pings:
    """A ping that goes on during a block, 50 a second; afterwards `sent`, and `lost`, the numbers of those
    that had no answer: all of them but what may still have been under way at the end."""

    UNDER_WAY = 10

    def __init__(self, host, target):
        self.command = host.command("ping", "-n", "-i", "0.02", "-W", "2", target)

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()
        self.thread = threading.Thread(target=self._drain)
        self.output = []
        self.thread.start()
        time.sleep(0.3)
        return self

    def _drain(self):
        self.output.extend(self.process.stdout)

    def __exit__(self, *_):
        time.sleep(0.5)
        self.process.send_signal(signal.SIGINT)
        self.thread.join(10)
        self.process.wait(10)
        text = "".join(self.output)
        self.sent = int(re.search(r"(\d+) packets transmitted", text)[1])
        answered = {int(number) for number in re.findall(r"icmp_seq=(\d+) ttl", text)}
        self.lost = sorted(set(range(1, max(answered | {self.sent - self.UNDER_WAY}))) - answered)


def running(box):
    with box.netconf() as netconf:
        return netconf.get_config("running").data_xml


def fault(box, step, kind="none", count=1):
    run(ROOT / "build/bin/lagopus-dataplane", "fault-set", step, kind, count, "--run", box.run_directory)


def mtu_change(value, name="p1"):
    return interfaces(interface(name, mtu=value))


@pytest.fixture
def forwarding(box):
    commit(box, routed(box, "a", "b"))
    box.host("a").wait_for_ping(NETS["b"][1])
    box.host("a").wait_for_ping(NETS["b"][3])
    return box


@pytest.mark.requirement("R34 R64")
def test_what_the_worker_refuses_changes_nothing_and_the_client_reads_why(forwarding):
    box = forwarding
    before = running(box)
    with box.netconf() as netconf, Pings(box.host("a"), NETS["b"][1]) as pings:
        netconf.edit_config(target="candidate", config=config(interfaces(port(box, "a", 3))))
        with pytest.raises(RPCError) as refusal:
            netconf.commit()
        error = refusal.value
        assert "interface" in error.path and "p3" in error.path, error.path
        assert box.host("a").wire in error.message, error.message
        candidate = netconf.get_config("candidate").data_xml
        assert "p3" in candidate, "the candidate is kept to be mended"
        netconf.discard_changes()
    assert running(box) == before
    assert pings.sent > 20 and not pings.lost


@pytest.mark.requirement("R34")
def test_all_refusals_of_a_commit_are_told(forwarding):
    box = forwarding
    with box.netconf() as netconf:
        netconf.edit_config(target="candidate", config=config(interfaces(
            interface("p8", dataplane(device="no-such-device-1")), interface("p9", dataplane(device="no-such-device-2")))))
        with pytest.raises(RPCError) as refusal:
            netconf.commit()
        netconf.discard_changes()
    errors = refusal.value.errors if getattr(refusal.value, "errors", None) else [refusal.value]
    assert any("p8" in (e.path or "") or "p9" in (e.path or "") for e in errors)


@pytest.mark.requirement("R17 R34")
def test_validate_asks_the_components_and_changes_nothing(forwarding):
    box = forwarding
    before = running(box)
    with box.netconf() as netconf:
        netconf.edit_config(target="candidate", config=config(interfaces(port(box, "a", 3))))
        with pytest.raises(RPCError):
            netconf.validate("candidate")
        netconf.discard_changes()
        netconf.edit_config(target="candidate", config=config(mtu_change(1400)))
        netconf.validate("candidate")
        netconf.discard_changes()
    assert running(box) == before
    assert box.host("a").ping(NETS["b"][1], size=1472 - 28) == 3


@pytest.mark.requirement("R22 R35 R65")
@pytest.mark.parametrize("step", ["in-apply", "in-flip"])
def test_a_failure_while_applying_is_taken_back_everywhere_without_a_lost_packet(forwarding, step):
    box = forwarding
    before = running(box)
    fault(box, step)
    with box.netconf() as netconf, Pings(box.host("a"), NETS["b"][1]) as pings:
        netconf.edit_config(target="candidate", config=config(
            interfaces(interface("p3", dataplane(device=box.host("c").wire, port_number=3),
                                 subinterfaces(subinterface(NETS["c"][0]))))))
        with pytest.raises(RPCError) as refusal:
            netconf.commit()
        assert refusal.value.tag in ("operation-failed", "rollback-failed"), refusal.value.tag
        assert "fault" in refusal.value.message
        netconf.discard_changes()
    assert running(box) == before
    assert pings.sent > 20 and not pings.lost
    host_c = box.host("c")
    host_c.address("192.0.2.130/26")
    assert host_c.ping("192.0.2.129", count=1, timeout=1) == 0, "p3 does not forward"
    commit(box, interfaces(interface("p3", dataplane(device=box.host("c").wire, port_number=3),
                                     subinterfaces(subinterface(NETS["c"][0])))))
    host_c.wait_for_ping("192.0.2.129")


@pytest.mark.requirement("R5 R65")
def test_a_transaction_has_one_name_in_the_log_of_every_process(forwarding):
    box = forwarding
    before = len(box.log.read_text())
    fault(box, "in-apply")
    with box.netconf() as netconf:
        netconf.edit_config(target="candidate", config=config(mtu_change(1300)))
        with pytest.raises(RPCError):
            netconf.commit()
        netconf.discard_changes()
        told = to_ele(netconf.dispatch(to_ele('<explain-commit xmlns="urn:lagopus:yang:lagopus-history"/>')).xml)
    name = next(e.text for e in told.iter() if e.tag.endswith("}transaction"))
    assert re.fullmatch("[0-9a-f]{16}", name)
    lines = [line for line in box.log.read_text()[before:].splitlines() if f"[{name}]" in line]
    assert {line.split()[0] for line in lines} == {"lagopusd", "lagopus-dataplane", "lagopus-worker"}, lines


@pytest.mark.requirement("R1 R6 R35")
def test_forwarding_goes_on_while_the_controller_is_killed_and_a_later_commit_works(forwarding):
    box = forwarding
    before = running(box)
    with Pings(box.host("a"), NETS["b"][1]) as pings:
        old = box.kill("lagopusd")
        eventually(lambda: box.status().get("lagopusd", {}).get("pid") not in (None, 0, old), 30, what="restart")
        box.wait_ready()
    assert pings.sent > 50 and not pings.lost
    assert running(box) == before
    commit_when_attached(box, mtu_change(1450))
    assert "1450" in running(box)
    assert box.host("a").ping(NETS["b"][1]) == 3


def commit_when_attached(box, *parts, seconds=30):
    """Commits as soon as the components are back."""
    def attempt():
        try:
            commit(box, *parts)
            return True
        except RPCError as error:
            last.append(error.message)
            with box.netconf() as netconf:
                netconf.discard_changes()
            return False

    last = []
    eventually(attempt, seconds, what=f"commit: {last}")


@pytest.mark.requirement("R29 R30 R31 R20 R21")
def test_a_killed_worker_is_restarted_and_has_everything_again(forwarding):
    box = forwarding
    old = box.kill("lagopus-worker")
    eventually(lambda: box.status()["lagopus-worker"]["pid"] not in (None, 0, old), 30, what="restart")
    for target in (NETS["b"][1], NETS["b"][3]):
        box.host("a").wait_for_ping(target, seconds=30)
    assert box.host("a").ping(NETS["b"][1]) == 3
    commit_when_attached(box, mtu_change(1450))


@pytest.mark.requirement("R1 R6 R30")
def test_a_killed_agent_costs_no_packet_and_comes_back(forwarding):
    box = forwarding
    with Pings(box.host("a"), NETS["b"][1]) as pings:
        old = box.kill("lagopus-dataplane")
        eventually(lambda: box.status()["lagopus-dataplane"]["pid"] not in (None, 0, old), 30, what="restart")
        box.wait_ready()
        commit_when_attached(box, mtu_change(1450, "p2"))
    assert pings.sent > 50 and not pings.lost


@pytest.mark.requirement("R6 R34")
def test_without_its_agent_a_commit_to_the_dataplane_is_refused_with_its_name(forwarding):
    box = forwarding
    box.kill("lagopus-dataplane", signal.SIGSTOP)
    try:
        with box.netconf() as netconf:
            netconf.edit_config(target="candidate", config=config(mtu_change(1300)))
            with pytest.raises(RPCError) as refusal:
                netconf.commit()
            assert "dataplane" in refusal.value.message
            netconf.discard_changes()
        assert box.host("a").ping(NETS["b"][1]) == 3
    finally:
        box.kill("lagopus-dataplane", signal.SIGCONT)
    commit_when_attached(box, mtu_change(1450))


@pytest.mark.requirement("R35")
def test_a_worker_that_dies_while_applying_leaves_the_old_configuration(forwarding):
    box = forwarding
    before = running(box)
    fault(box, "crash-in-apply")
    with box.netconf() as netconf:
        netconf.edit_config(target="candidate", config=config(mtu_change(1300)))
        with pytest.raises(RPCError):
            netconf.commit()
        netconf.discard_changes()
    assert running(box) == before
    box.host("a").wait_for_ping(NETS["b"][1], seconds=30)
    commit_when_attached(box, mtu_change(1450))


def act(box, action):
    """An action of lagopus-components on the dataplane."""
    with box.netconf() as netconf:
        netconf.dispatch(to_ele('<action xmlns="urn:ietf:params:xml:ns:yang:1">'
                                '<components xmlns="urn:lagopus:yang:lagopus-components">'
                                f"<component><name>dataplane</name><{action}/></component></components></action>"))


@pytest.mark.requirement("R30 R66")
def test_an_operator_restarts_and_resynchronises_the_agent_and_forwarding_goes_on(forwarding):
    box = forwarding
    old = box.pid("lagopus-dataplane")
    with Pings(box.host("a"), NETS["b"][1]) as pings:
        act(box, "resynchronise")
        act(box, "restart")
        eventually(lambda: box.status()["lagopus-dataplane"]["pid"] not in (None, 0, old), 30, what="restart")
        box.wait_ready()
        commit_when_attached(box, mtu_change(1450, "p2"))
    assert pings.sent > 50 and not pings.lost


@pytest.mark.requirement("R31")
def test_an_isolated_agent_is_done_without_and_brought_in_step_when_it_is_released(forwarding):
    box = forwarding
    act(box, "isolate")
    try:
        commit(box, mtu_change(1450))
        state = box.restconf("/lagopus-components:components/component=dataplane/state")
        state = next(iter(state.values()))
        assert state["isolated"] and not state["connected"]
        assert box.host("a").ping(NETS["b"][1]) == 3
        assert "mtu 1500" in dumped(box, "p1")
    finally:
        act(box, "release")
    # An MTU of OpenConfig counts the Ethernet header.
    eventually(lambda: "mtu 1436 " in dumped(box, "p1"), 15, what="the worker has what it missed")
    commit_when_attached(box, mtu_change(1414))
    assert "mtu 1400 " in dumped(box, "p1")


def dumped(box, name):
    lines = run(ROOT / "build/bin/lagopus-dataplane", "dump", "ports", "--run", box.run_directory).stdout
    return next(line for line in lines.splitlines() if f" name {name} " in line)


def test_clearing_is_a_commit_as_well(forwarding):
    clear(forwarding)
    assert forwarding.host("a").ping(NETS["b"][1], count=1, timeout=1) == 0
