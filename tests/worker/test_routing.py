"""Routing by a real worker: hosts in namespaces ping through it, and hear what it has to tell them."""

import os
import re
import subprocess
import time

import pytest

from .ring_client import Refused, Worker

PREFIX = f"lr{os.getpid()}"


def call(*command, namespace=None):
    if namespace:
        command = ("ip", "netns", "exec", namespace, *command)
    return subprocess.run([str(c) for c in command], capture_output=True, text=True)


def run(*command, namespace=None):
    done = call(*command, namespace=namespace)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


class Network:
    """Hosts a, b, c with addresses .9 in 10.1.0.0/24, 10.2.0.0/24, 10.3.0.0/24 and 2001:db8:1::/64 and so on."""

    HOSTS = "abc"

    def __init__(self):
        self.box = f"{PREFIX}-box"
        for name in (self.box, *map(self.host, self.HOSTS)):
            run("ip", "netns", "add", name)
        for n, letter in enumerate(self.HOSTS, 1):
            host = self.host(letter)
            run("ip", "link", "add", f"v{letter}", "netns", self.box, "type", "veth", "peer", "name", "eth0",
                "netns", host)
            for place, name in ((host, "eth0"), (self.box, f"v{letter}")):
                run("ethtool", "-K", name, "tx", "off", "gso", "off", "tso", "off", namespace=place)
            run("sysctl", "-qw", f"net.ipv6.conf.v{letter}.disable_ipv6=1", namespace=self.box)
            run("sysctl", "-qw", "net.ipv6.conf.eth0.accept_dad=0", namespace=host)
            run("ip", "link", "set", "lo", "up", namespace=host)
            run("ip", "link", "set", "eth0", "address", f"02:00:00:00:01:0{n}", namespace=host)
            run("ip", "link", "set", "eth0", "up", namespace=host)
            run("ip", "addr", "add", f"10.{n}.0.9/24", "dev", "eth0", namespace=host)
            run("ip", "-6", "addr", "add", f"2001:db8:{n}::9/64", "dev", "eth0", "nodad", namespace=host)
            run("ip", "route", "add", "default", "via", f"10.{n}.0.1", namespace=host)
            run("ip", "-6", "route", "add", "default", "via", f"2001:db8:{n}::1", namespace=host)

    @staticmethod
    def host(letter):
        return f"{PREFIX}-{letter}"

    def on(self, letter, *command):
        return call(*command, namespace=self.host(letter))

    def ping(self, letter, target, *options, count=3):
        done = self.on(letter, "ping", "-n", "-c", count, "-i", "0.05", "-W", "2", *options, target)
        return done.stdout + done.stderr

    def remove(self):
        for name in (self.box, *map(self.host, self.HOSTS)):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


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
    assert code == 0, process.log.read_text()


@pytest.fixture
def client(worker):
    made = worker.client()
    made.transaction(INSTANCE, *(change for n in (1, 2, 3) for change in routed(n)))
    for n in (1, 2, 3):
        made.event("link-event", where=lambda e: e["port"] == n and e["link_up"] == 1)
    yield made
    # Shown when the test has failed.
    print({name: packets for name, packets in made.counters["drop"].items() if packets})
    print(made.dump("neighbor-table"))


INSTANCE = ("instance-set", {"instance": 1, "kind": "l3", "name": "default"})


def routed(n, instance=1, mtu=0):
    """Port n with interface 10 + n and its two addresses."""
    device = f"v{'abc'[n - 1]}"
    return (
        ("port-set", {"port": n, "driver": "af-packet", "enabled": 1, "mtu": 1500, "name": device,
                      "device": device, "mac": f"02:00:00:00:00:0{n}"}),
        ("interface-set", {"interface": 10 + n, "port": n, "instance": instance, "kind": "routed", "enabled": 1,
                           "mtu4": mtu, "mtu6": mtu, "name": device}),
        address(10 + n, f"10.{n}.0.1", 24),
        address(10 + n, f"2001:db8:{n}::1", 64),
    )


def address(interface, text, length, remove=False):
    return "address-delete" if remove else "address-set", {
        "interface": interface, "family": 6 if ":" in text else 4, "prefix_length": length, "address": text}


def route(prefix, length, kind="gateway", gateway=None, interface=0, instance=1):
    family = 6 if ":" in prefix else 4
    hop = {"kind": kind, "family": family, "interface": interface, "weight": 1,
           "address": gateway or ("::" if family == 6 else "0.0.0.0")}
    return "route-set", {"instance": instance, "family": family, "prefix_length": length, "source": "static",
                         "preference": 1, "metric": 0, "next_hops_count": 1, "prefix": prefix, "next_hops": [hop]}


def received(out):
    return int(re.search(r"(\d+) received", out).group(1))


def all_back(out, count=3):
    assert received(out) == count, out


@pytest.mark.requirement("R43 R44")
def test_hosts_ping_through_the_box_and_the_box_itself(network, client):
    for target in ("10.2.0.9", "2001:db8:2::9", "10.1.0.1", "2001:db8:1::1", "10.3.0.1", "2001:db8:3::1",
                   "fe80::ff:fe00:1%eth0"):
        all_back(network.ping("a", target))
    all_back(network.ping("a", "10.3.0.9", "-s", "1472"))
    all_back(network.ping("a", "2001:db8:3::9", "-s", "1452"))
    states = {(row["interface"], row["address"]): row["state"] for row in client.dump("neighbor-table")}
    assert any(interface == 12 and state in ("reachable", "stale", "delay")
               for (interface, _), state in states.items()), states


@pytest.mark.requirement("R44")
def test_senders_hear_why_their_packets_are_lost(network, client):
    client.transaction(route("198.51.100.0", 24, "reject"), route("203.0.113.0", 24, "blackhole"),
                       route("2001:db8:f::", 48, "reject"))
    before = client.counters["drop"]
    out = network.ping("a", "10.2.0.9", "-t", "1")
    assert "From 10.1.0.1 icmp_seq=1 Time to live exceeded" in out, out
    out = network.ping("a", "2001:db8:2::9", "-t", "1")
    assert "From 2001:db8:1::1 icmp_seq=1 Time exceeded: Hop limit" in out, out
    out = network.ping("a", "192.0.2.1")
    assert "From 10.1.0.1 icmp_seq=1 Destination Net Unreachable" in out, out
    out = network.ping("a", "2001:db8:99::1")
    assert "From 2001:db8:1::1 icmp_seq=1 Destination unreachable: No route" in out, out
    out = network.ping("a", "198.51.100.1")
    assert "From 10.1.0.1 icmp_seq=1 Packet filtered" in out, out
    out = network.ping("a", "203.0.113.1", "-W", "1")
    assert received(out) == 0 and "From" not in out, out
    after = client.counters["drop"]
    lost = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert lost.get("ttl-exceeded") == 6, lost
    assert lost.get("no-route") == 6, lost
    assert lost.get("reject") == 3, lost
    assert lost.get("blackhole") == 3, lost


@pytest.mark.requirement("R44")
def test_a_neighbor_that_is_not_there_makes_its_packets_unreachable(network, client):
    started = time.monotonic()
    out = network.ping("a", "10.2.0.77", "-W", "5", count=1)
    assert "From 10.1.0.1 icmp_seq=1 Destination Host Unreachable" in out, out
    assert 2 < time.monotonic() - started < 6
    out = network.ping("a", "2001:db8:2::77", "-W", "5", count=1)
    assert "From 2001:db8:1::1 icmp_seq=1 Destination unreachable: Address unreachable" in out, out
    assert client.counters["drop"]["neighbor-queue"] == 2


@pytest.mark.requirement("R44")
def test_a_neighbor_that_moves_is_followed(network, client):
    all_back(network.ping("a", "10.2.0.9"))
    try:
        network.on("b", "ip", "link", "set", "eth0", "address", "02:00:00:00:01:77")
        run("arping", "-c", "1", "-U", "-I", "eth0", "10.2.0.9", namespace=network.host("b"))
        all_back(network.ping("a", "10.2.0.9"))
        rows = [r for r in client.dump("neighbor-table") if r["mac"].lower().endswith(":77")]
        assert rows, client.dump("neighbor-table")
    finally:
        network.on("b", "ip", "link", "set", "eth0", "address", "02:00:00:00:01:02")


@pytest.mark.requirement("R40 R43")
def test_static_routes_and_what_becomes_of_them(network, client):
    network.on("b", "ip", "addr", "add", "203.0.113.7/32", "dev", "lo")
    network.on("b", "ip", "-6", "addr", "add", "2001:db8:f::7/128", "dev", "lo", "nodad")
    client.transaction(route("203.0.113.0", 24, gateway="10.2.0.9"),
                       route("2001:db8:f::", 48, gateway="2001:db8:2::9"))
    all_back(network.ping("a", "203.0.113.7"))
    all_back(network.ping("a", "2001:db8:f::7"))
    rows = [row for row in client.dump("route-table", instance=1)
            if row["family"] == 4 and row["prefix"][:4] == bytes([203, 0, 113, 0])]
    assert [hop["interface"] for row in rows for hop in row["next_hops"]] == [12], rows

    # The network of the gateway goes, the route with it; a refused change changes nothing.
    client.transaction(address(12, "10.2.0.1", 24, remove=True))
    assert received(network.ping("a", "203.0.113.7", "-W", "1")) == 0
    with pytest.raises(Refused) as refused:
        client.transaction(address(12, "10.2.0.1", 24), route("198.51.100.0", 24, "blackhole", instance=9))
    assert refused.value.error == "unknown-object"
    assert received(network.ping("a", "203.0.113.7", "-W", "1")) == 0
    client.transaction(address(12, "10.2.0.1", 24))
    all_back(network.ping("a", "203.0.113.7"))


@pytest.mark.requirement("R40")
def test_instances_do_not_see_each_other(network, client):
    client.transaction(("instance-set", {"instance": 2, "kind": "l3", "name": "other"}), *routed(3, instance=2))
    all_back(network.ping("a", "10.2.0.9"))
    all_back(network.ping("c", "10.3.0.1"))
    out = network.ping("a", "10.3.0.9", "-W", "1")
    assert "Destination Net Unreachable" in out, out


@pytest.mark.requirement("R43")
def test_the_mtu_of_the_way_out_counts(network, client):
    client.transaction(*routed(2, mtu=1300))
    out = network.ping("a", "10.2.0.9", "-s", "1400", "-M", "do", count=1)
    assert re.search(r"From 10\.1\.0\.1 icmp_seq=1 Frag needed and DF set \(mtu = 1300\)", out), out
    network.on("a", "ip", "route", "flush", "cache")
    out = network.ping("a", "10.2.0.9", "-s", "1400", "-M", "dont")
    all_back(out)
    out = network.ping("a", "2001:db8:2::9", "-s", "1400", "-M", "do", count=1)
    assert "Packet too big: mtu=1300" in out, out
    network.on("a", "ip", "-6", "route", "flush", "cache")


@pytest.mark.requirement("R44 R65")
def test_a_flip_and_a_rolled_back_commit_lose_nothing(network, client):
    all_back(network.ping("a", "10.2.0.9"))
    all_back(network.ping("a", "2001:db8:2::9"))
    pings = [subprocess.Popen(["ip", "netns", "exec", network.host("a"), "ping", "-q", "-n", "-i", "0.005", "-c",
                               "400", target], stdout=subprocess.PIPE, text=True)
             for target in ("10.2.0.9", "2001:db8:2::9")]
    for n in range(20):
        client.transaction(route(f"100.64.{n}.0", 24, gateway="10.2.0.9"))
        # Behind the flip the next configuration runs for a moment, so it must be one that forwards.
        step, kind = ("in-flip", {"gateway": "10.2.0.9"}) if n % 2 else ("in-apply", {"kind": "blackhole"})
        client.fault_set(step=step, object="none", count=1)
        with pytest.raises(Refused):
            client.transaction(
                route("10.2.0.9", 32, **kind),
                route("2001:db8:2::9", 128, **(kind if "kind" in kind else {"gateway": "2001:db8:2::9"})))
        time.sleep(0.05)
    for process in pings:
        out, _ = process.communicate(timeout=30)
        assert " 0% packet loss" in out, out
