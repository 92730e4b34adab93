"""The worker as a process, driven over its rings by a client that is not ours in Java."""

import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import time

import pytest

from .ring_client import Client, Gone, Refused, Worker

PREFIX = f"lw{os.getpid()}"


def run(*command, namespace=None):
    if namespace:
        command = ("ip", "netns", "exec", namespace, *command)
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


class Network:
    """Hosts a, b, c with an eth0 each, whose other ends va, vb, vc are in the worker's namespace."""

    HOSTS = "abc"

    def __init__(self):
        self.box = f"{PREFIX}-box"
        for name in (self.box, *map(self.host, self.HOSTS)):
            run("ip", "netns", "add", name)
        for letter in self.HOSTS:
            self.cable(letter)

    def cable(self, letter):
        """A new pair of interfaces between a host and the worker."""
        host, number = self.host(letter), self.HOSTS.index(letter) + 1
        run("ip", "link", "add", f"v{letter}", "netns", self.box, "type", "veth", "peer", "name", "eth0",
            "netns", host)
        for place, name in ((host, "eth0"), (self.box, f"v{letter}")):
            run("ethtool", "-K", name, "tx", "off", "gso", "off", "tso", "off", namespace=place)
            run("sysctl", "-qw", f"net.ipv6.conf.{name}.disable_ipv6=1", namespace=place)
        run("ip", "addr", "add", f"10.0.0.{number}/24", "dev", "eth0", namespace=host)
        run("ip", "link", "set", "lo", "up", namespace=host)
        run("ip", "link", "set", "eth0", "up", namespace=host)

    @staticmethod
    def host(letter):
        return f"{PREFIX}-{letter}"

    def remove(self):
        for name in (self.box, *map(self.host, self.HOSTS)):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)

    def ping(self, source, target, *options):
        number = self.HOSTS.index(target) + 1
        return run("ping", "-q", "-W", "2", *options, f"10.0.0.{number}", namespace=self.host(source))

    def pings(self, source, target, interval=0.01):
        number = self.HOSTS.index(target) + 1
        return Pings(["ip", "netns", "exec", self.host(source), "ping", "-i", str(interval),
                      f"10.0.0.{number}"])

    def kernel(self, name):
        """(mtu, up) of an interface beside the worker."""
        flags = int(run("cat", f"/sys/class/net/{name}/flags", namespace=self.box), 16)
        return int(run("cat", f"/sys/class/net/{name}/mtu", namespace=self.box)), flags & 1 == 1


class Pings:
    """Pings all the time; `lost()` ends it. What is on its way at the end is not lost."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def lost(self):
        self.process.send_signal(signal.SIGINT)
        out, _ = self.process.communicate(timeout=20)
        seen = {int(number) for number in re.findall(r"bytes from .*icmp_seq=(\d+)", out)}
        sent = int(out.split(" packets transmitted")[0].split()[-1])
        assert len(seen) > 10 and sent - max(seen) < 10, out
        return max(seen) - len(seen)


@pytest.fixture(scope="module")
def network():
    made = Network()
    yield made
    made.remove()


@pytest.fixture(params=["1", "0,1,1"], ids=["one thread", "three threads"])
def worker(request, tmp_path, network):
    process = Worker(tmp_path / "run", "--faults", "--cores", request.param, namespace=network.box)
    yield process
    code = process.stop()
    assert code == 0 or process.expected_to_die, process.log.read_text()


@pytest.fixture
def client(worker):
    return worker.client()


def port(number, device, driver="af-packet", **more):
    return "port-set", {"port": number, "driver": driver, "enabled": 1, "mtu": 1500, "name": device,
                        "device": device} | more


def bridged(number, on, **more):
    return "interface-set", {"interface": number, "port": on, "instance": 1, "kind": "bridged", "enabled": 1,
                             "vlan_mode": "any", "name": f"interface{number}"} | more


BRIDGE = ("instance-set", {"instance": 1, "kind": "l2", "mac_learning": 1, "mac_ageing": 300, "name": "bridge"})


def bridge(client, network, *letters, mtu=1500):
    client.transaction(BRIDGE, *(
        change for n, letter in enumerate(letters, 1)
        for change in (port(n, f"v{letter}", mtu=mtu), bridged(10 + n, n))))
    # The kernel takes its time to see the cable.
    for n, letter in enumerate(letters, 1):
        client.event("link-event", where=lambda e: e["port"] == n and e["link_up"] == 1)
    network.ping(letters[0], letters[1], "-c", "1", "-w", "5")


@pytest.mark.requirement("R49 R52")
def test_a_bridge_forwards_and_counts(client, network):
    bridge(client, network, "a", "b", "c")
    before = client.counters["port", 1], client.counters["port", 2]
    network.ping("a", "b", "-c", "20", "-i", "0.01")
    after = client.counters["port", 1], client.counters["port", 2]
    assert after[0]["rx-unicast"] - before[0]["rx-unicast"] >= 20
    assert after[1]["tx-unicast"] - before[1]["tx-unicast"] >= 20
    macs = {row["interface"] for row in client.dump("fdb-table")}
    assert {11, 12} <= macs
    network.ping("a", "c", "-c", "3", "-i", "0.01")


@pytest.mark.requirement("R38 R49")
def test_several_flows_cross_between_threads(client, network):
    bridge(client, network, "a", "b", "c")
    flows = [network.pings(*pair) for pair in ("ab", "bc", "ca", "ba")]
    time.sleep(1)
    assert [flow.lost() for flow in flows] == [0, 0, 0, 0]


@pytest.mark.requirement("R64")
def test_a_device_is_taken_once(client, network):
    bridge(client, network, "a", "b")
    with pytest.raises(Refused) as refused:
        client.transaction(port(3, "va"))
    assert (refused.value.error, refused.value.object, refused.value.object_id) == ("in-use", "port", 3)
    assert "port 1" in refused.value.text
    assert {row["port"] for row in client.dump("port-table")} == {1, 2}


@pytest.mark.requirement("R64")
def test_devices_that_cannot_be_had_are_refused(client, network):
    with pytest.raises(Refused) as refused:
        client.transaction(port(1, "nowhere0"))
    assert refused.value.error == "no-resource" and "nowhere0" in refused.value.text
    run("ip", "addr", "add", "192.0.2.1/24", "dev", "vc", namespace=network.box)
    run("ip", "link", "set", "vc", "up", namespace=network.box)
    run("ip", "route", "add", "default", "via", "192.0.2.2", namespace=network.box)
    try:
        with pytest.raises(Refused) as refused:
            client.transaction(port(1, "vc"))
        assert refused.value.error == "management-port"
    finally:
        run("ip", "addr", "flush", "dev", "vc", namespace=network.box)
        run("ip", "link", "set", "vc", "down", namespace=network.box)


@pytest.mark.requirement("R65")
@pytest.mark.parametrize("step", ["in-prepare", "in-apply", "in-flip"])
def test_a_fault_loses_no_packet_and_changes_nothing(client, network, step):
    bridge(client, network, "a", "b")
    ports = client.dump("port-table")
    pings = network.pings("a", "b")
    time.sleep(0.3)
    client.fault_set(step=step, object="none", count=1)
    with pytest.raises(Refused) as refused:
        client.transaction(port(2, "vb", mtu=1400), port(3, "vc"), bridged(13, 3))
    assert refused.value.error == "fault"
    time.sleep(0.3)
    assert pings.lost() == 0
    assert [row | {"generation": 0} for row in client.dump("port-table")] == [
        row | {"generation": 0} for row in ports]
    assert network.kernel("vb") == (1500, True)
    assert network.kernel("vc") == (1500, False)
    client.transaction(port(2, "vb", mtu=1400))
    assert network.kernel("vb") == (1400, True)


@pytest.mark.requirement("R21 R60")
def test_ports_come_and_go_beside_traffic(client, network):
    bridge(client, network, "a", "b")
    pings = network.pings("a", "b")
    for _ in range(10):
        client.transaction(port(3, "vc"), bridged(13, 3))
        client.transaction(("port-delete", {"port": 3}))
    assert pings.lost() == 0
    assert network.kernel("vc") == (1500, False)


@pytest.mark.requirement("R60")
def test_queues_of_one_port_change_beside_traffic_of_others(client, network):
    bridge(client, network, "a", "b")
    client.transaction(port(3, "vc"), bridged(13, 3))
    pings = network.pings("a", "b")
    time.sleep(0.2)
    client.transaction(port(3, "vc", rx_queues=2))
    client.transaction(port(3, "vc", rx_queues=1, rx_descriptors=256, tx_descriptors=256))
    time.sleep(0.2)
    assert pings.lost() == 0
    network.ping("a", "c", "-c", "3", "-i", "0.05", "-w", "5")


@pytest.mark.requirement("R20 R21")
def test_a_full_replay_disturbs_nobody(client, network):
    bridge(client, network, "a", "b")
    pings = network.pings("a", "b")
    time.sleep(0.2)
    for _ in range(5):
        client.transaction(BRIDGE, port(1, "va"), bridged(11, 1), port(2, "vb"), bridged(12, 2), replace=True)
    time.sleep(0.2)
    assert pings.lost() == 0


@pytest.mark.requirement("R24")
def test_the_loss_of_a_link_is_told(client, network):
    bridge(client, network, "a", "b")
    other = Client(client.socket.getpeername().rsplit("/", 1)[0], name="other")
    run("ip", "link", "set", "eth0", "down", namespace=network.host("b"))
    try:
        for one in (client, other):
            event = one.event("link-event", where=lambda e: e["link_up"] == 0)
            assert event["port"] == 2
        rows = {row["port"]: row for row in client.dump("port-table")}
        assert rows[1]["link_up"] == 1 and rows[2]["link_up"] == 0
    finally:
        run("ip", "link", "set", "eth0", "up", namespace=network.host("b"))
        other.close()
    assert client.event("link-event", where=lambda e: e["link_up"] == 1)["port"] == 2


@pytest.mark.requirement("R24 R65")
def test_a_port_gets_its_interface_back(client, network):
    bridge(client, network, "a", "b")
    mac = {row["port"]: row["mac"] for row in client.dump("port-table")}[2]
    run("ip", "link", "del", "eth0", namespace=network.host("b"))
    client.event("link-event", where=lambda e: e["port"] == 2 and e["link_up"] == 0)
    network.cable("b")
    client.event("link-event", where=lambda e: e["port"] == 2 and e["link_up"] == 1)
    run("ip", "neigh", "flush", "dev", "eth0", namespace=network.host("a"))  # the host's address is new
    network.ping("a", "b", "-c", "3", "-i", "0.2", "-w", "5")
    # What the face says of the port still holds.
    assert {row["port"]: row["mac"] for row in client.dump("port-table")}[2] == mac


@pytest.mark.requirement("R65")
def test_a_tap_that_had_to_be_opened_again_is_as_it_was(client, network):
    def mac():
        return run("cat", "/sys/class/net/lwtap/address", namespace=network.box).strip()

    client.transaction(port(1, "lwtap", "tap"))
    before = mac()
    client.fault_set(step="in-flip", object="none", count=1)
    with pytest.raises(Refused) as refused:
        client.transaction(port(1, "lwtap", "tap", arguments="mac=02:00:00:00:00:aa"))
    assert refused.value.error == "fault"
    assert mac() == before == client.dump("port-table")[0]["mac"]


def until_linked(client, *ports):
    for number in ports:
        client.event("link-event", where=lambda e: e["port"] == number and e["link_up"] == 1)


@pytest.mark.requirement("R30 R49")
def test_memifs_of_two_workers_find_each_other_whoever_comes_first_or_back(client, network, tmp_path):
    path = f"/tmp/{PREFIX}-memif.sock"
    client.transaction(port(2, path, "memif", arguments="role=client,id=0"))
    rows = client.dump("port-table")
    assert [(row["running"], row["link_up"]) for row in rows] == [(0, 0)], "nobody serves it yet"
    try:
        for life in range(2):  # a worker that is killed leaves its socket behind
            other = Worker(tmp_path / f"run{life}", "--cores", "1", namespace=network.box)
            try:
                there = other.client()
                there.transaction(port(1, path, "memif", arguments="role=server,id=0"))
                until_linked(client, 2)
                until_linked(there, 1)
            finally:
                other.process.kill()
                other.stop()
            client.event("link-event", where=lambda e: e["port"] == 2 and e["link_up"] == 0)
    finally:
        pathlib.Path(path).unlink(missing_ok=True)


@pytest.mark.requirement("R29 R49")
def test_the_order_of_two_memifs_in_one_worker_does_not_matter(client):
    path = f"/tmp/{PREFIX}-memif.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as killed:
        killed.bind(path)
    try:
        client.transaction(port(1, path, "memif", arguments="role=client,id=0"),
                           port(2, path, "memif", arguments="role=server,id=0"))
        until_linked(client, 1, 2)
        client.events.clear()
        client.transaction(port(2, path, "memif", arguments="role=server,id=0", mtu=9000))  # opens it again
        until_linked(client, 1, 2)
    finally:
        pathlib.Path(path).unlink(missing_ok=True)


@pytest.mark.requirement("R35 R65")
def test_a_port_that_cannot_be_brought_back_is_told_and_opened_again_later(client, tmp_path):
    capture, gone, sent = tmp_path / "in.pcap", tmp_path / "gone.pcap", tmp_path / "out.pcap"

    def pcap(path):
        return port(1, "", "pcap", arguments=f"rx_pcap={path},tx_pcap={sent}")

    content = struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    capture.write_bytes(content)
    client.transaction(pcap(capture))
    capture.unlink()
    with pytest.raises(Refused) as refused:
        client.transaction(pcap(gone))
    assert (refused.value.error, refused.value.object_id) == ("not-restored", 1)
    assert "log tells why" in refused.value.text
    assert client.dump("port-table") == []
    capture.write_bytes(content)
    for _ in range(100):
        if client.dump("port-table"):
            break
        time.sleep(0.1)
    assert [row["port"] for row in client.dump("port-table")] == [1]


@pytest.mark.requirement("R34")
def test_an_mtu_beyond_the_device_is_refused_before_anything_changes(client, network):
    client.transaction(port(1, "lwtap", "tap"))
    client.begin(replace=0)
    kind, values = port(1, "lwtap", "tap", mtu=9000)
    client.ask(kind, **values)
    with pytest.raises(Refused) as refused:
        client.prepare()
    assert refused.value.error == "not-supported" and "1504" in refused.value.text
    assert network.kernel("lwtap") == (1500, True)


@pytest.mark.requirement("R60")
def test_a_disabled_port_is_down_and_comes_back(client, network):
    bridge(client, network, "a", "b")
    client.transaction(port(2, "vb", enabled=0))
    assert network.kernel("vb") == (1500, False)
    rows = {row["port"]: row for row in client.dump("port-table")}
    assert rows[2]["running"] == 0 and rows[2]["link_up"] == 0
    client.transaction(port(2, "vb"))
    network.ping("a", "b", "-c", "3", "-i", "0.2", "-w", "5")


@pytest.mark.requirement("R60")
def test_large_frames_pass_where_the_mtu_allows(client, network):
    for letter in "ab":
        run("ip", "link", "set", "eth0", "mtu", "9000", namespace=network.host(letter))
        run("ip", "link", "set", f"v{letter}", "mtu", "9000", namespace=network.box)
    try:
        bridge(client, network, "a", "b", mtu=9000)
        network.ping("a", "b", "-c", "5", "-i", "0.05", "-M", "do", "-s", "8972")
    finally:
        for letter in "ab":
            run("ip", "link", "set", "eth0", "mtu", "1500", namespace=network.host(letter))
            run("ip", "link", "set", f"v{letter}", "mtu", "1500", namespace=network.box)


@pytest.mark.requirement("R60")
def test_taps_and_memifs_are_ports(client, network):
    socket = f"/tmp/{PREFIX}.sock"
    client.transaction(
        BRIDGE, port(1, "va"), bridged(11, 1),
        port(2, socket, "memif", arguments="role=server,id=0"), bridged(12, 2),
        ("instance-set", BRIDGE[1] | {"instance": 2, "name": "other"}),
        port(3, socket, "memif", arguments="role=client,id=0"), bridged(13, 3, instance=2),
        port(4, "lwtap", "tap"), bridged(14, 4, instance=2))
    for n in (2, 3, 4):
        client.event("link-event", where=lambda e: e["port"] == n and e["link_up"] == 1)
    # va - memif - memif - tap, whose other side is the kernel of the worker's namespace.
    run("ip", "addr", "add", "10.0.0.9/24", "dev", "lwtap", namespace=network.box)
    # Another TAP may have had this address, with another MAC that the host still believes in.
    run("ip", "neigh", "flush", "dev", "eth0", namespace=network.host("a"))
    run("ping", "-q", "-c", "5", "-i", "0.1", "-w", "20", "10.0.0.9", namespace=network.host("a"))


@pytest.mark.requirement("R49")
def test_tags_on_the_wire(client, network):
    client.transaction(
        BRIDGE, port(1, "va"), bridged(11, 1, vlan_mode="access", vlan=10),
        port(2, "vb"), bridged(12, 2, vlan_mode="trunk"),
        ("vlan-member-set", {"interface": 12, "first": 10, "last": 10}))
    for n in (1, 2):
        client.event("link-event", where=lambda e: e["port"] == n and e["link_up"] == 1)
    listen = subprocess.Popen(
        ["ip", "netns", "exec", network.host("b"), "tcpdump", "-lnei", "eth0", "-c", "1", "vlan 10 and arp"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while "listening" not in listen.stderr.readline():
        assert listen.poll() is None
    try:
        subprocess.run(["ip", "netns", "exec", network.host("a"), "ping", "-c", "3", "-i", "0.3", "-W", "1",
                        "10.0.0.99"], capture_output=True)
        out, _ = listen.communicate(timeout=10)
        assert "vlan 10" in out and "Request who-has 10.0.0.99" in out
    finally:
        listen.kill()


@pytest.mark.requirement("R31")
def test_a_client_that_dies_takes_its_transaction_along(worker, client, network):
    bridge(client, network, "a", "b")
    other = Client(worker.run, name="dies")
    other.begin()
    other.ask("port-delete", port=2)
    other.prepare()
    with pytest.raises(Refused) as refused:
        client.begin()
    assert refused.value.error == "in-transaction"
    other.close()
    until = time.monotonic() + 5
    while True:
        try:
            client.begin()
            break
        except Refused:
            assert time.monotonic() < until
            time.sleep(0.01)
    client.abort()
    network.ping("a", "b", "-c", "2", "-i", "0.05")


@pytest.mark.requirement("R31")
def test_rubbish_on_a_ring_ends_that_client_alone(worker, client, network):
    bridge(client, network, "a", "b")
    other = Client(worker.run, name="broken")
    other.requests.store(128, 1 << 40)
    other.socket.send(b"\0")
    with pytest.raises(Gone):
        other.receive(5)
    assert client.ping(value=7)["error"] == "ok"
    network.ping("a", "b", "-c", "2", "-i", "0.05")


@pytest.mark.requirement("R31 R65")
def test_a_crash_in_apply_is_seen_and_the_next_worker_starts(worker, client, network):
    bridge(client, network, "a", "b")
    client.fault_set(step="crash-in-apply", object="none", count=1)
    with pytest.raises(Gone):
        client.transaction(port(2, "vb", mtu=1400))
    worker.expected_to_die = True
    assert worker.process.wait(10) == -signal.SIGKILL
    again = Worker(worker.run, namespace=network.box)
    try:
        fresh = again.client()
        assert fresh.welcome["running_generation"] == 0
        assert fresh.welcome["instance"] != client.welcome["instance"]
        bridge(fresh, network, "a", "b")
    finally:
        assert again.stop() == 0


@pytest.mark.requirement("R18")
def test_a_storm_of_requests_costs_no_packet(client, network):
    bridge(client, network, "a", "b")
    pings = network.pings("a", "b", interval=0.005)
    client.begin()
    for n in range(2000):
        client.ask("interface-set", interface=1000 + n, port=1, instance=0, kind="bridged", enabled=1,
                   vlan_mode="trunk", name=f"interface{n}")
    client.prepare()
    client.commit()
    assert pings.lost() == 0


def test_faults_are_refused_unless_asked_for(tmp_path, network):
    worker = Worker(tmp_path / "run", namespace=network.box)
    try:
        with pytest.raises(Refused) as refused:
            worker.client().fault_set(step="in-apply", object="none", count=1)
        assert refused.value.error == "denied"
    finally:
        assert worker.stop() == 0
    assert not (worker.run / "worker.sock").exists()


@pytest.mark.requirement("R60")
def test_an_idle_worker_rests(worker, client, network):
    bridge(client, network, "a", "b")

    def used():
        fields = pathlib.Path(f"/proc/{worker.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before = used()
    time.sleep(2)
    assert used() - before < 0.4
