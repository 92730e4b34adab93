"""Volatile routes: who may set them, and what becomes of them when their owner is gone."""

import multiprocessing
import os
import pathlib
import secrets
import shutil
import signal
import tempfile
import time

import pytest

from .ring_client import SCHEMA, Client, Gone, Refused, Worker
from .test_routing import INSTANCE, Network, all_back, received, route, routed

SCOPES = SCHEMA.enums["scope"]
NOBODY = 65534


def mask(*names):
    return sum(1 << SCOPES[name] for name in names)


@pytest.fixture(scope="module")
def network():
    made = Network()
    yield made
    made.remove()


@pytest.fixture
def worker(network):
    # Other users have to find the way to the socket.
    directory = pathlib.Path(tempfile.mkdtemp(prefix="lagopus-owners-"))
    directory.chmod(0o755)
    process = Worker(directory / "run", "--faults", "--cores", "1", namespace=network.box)
    yield process
    code = process.stop()
    shutil.rmtree(directory)
    assert code == 0


@pytest.fixture
def agent(worker):
    made = worker.client(name="agent")
    made.transaction(INSTANCE, *(change for n in (1, 2, 3) for change in routed(n)))
    for n in (1, 2, 3):
        made.event("link-event", where=lambda e: e["port"] == n and e["link_up"] == 1)
    return made


def grant(agent, name="bgpd", scopes=("rib-write", "rib-read"), seconds=2):
    token = secrets.token_bytes(32)
    agent.grant_set(token=token, scopes=mask(*scopes), stale_seconds=seconds, name=name)
    return token


def bgp(prefix, length, gateway, **more):
    message, values = route(prefix, length, gateway=gateway)
    return message, values | {"source": "bgp", "preference": 20} | more


def owner(agent, name):
    return next(row for row in agent.dump("owner-table") if row["name"] == name)


def eventually(what, seconds=10):
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.requirement("R36 R40 R63")
def test_a_route_of_an_owner_forwards_at_once_and_stays_as_long_as_granted(network, worker, agent):
    network.on("b", "ip", "addr", "add", "203.0.113.7/32", "dev", "lo")
    token = grant(agent)
    client = worker.client(name="bgpd", token=token)
    assert client.welcome["owner"] == owner(agent, "bgpd")["owner"] > 1
    assert client.welcome["kept"] == 0
    assert received(network.ping("a", "203.0.113.7", "-W", "1")) == 0
    client.ask(*bgp("203.0.113.0", 24, "10.2.0.9")[:1], **bgp("203.0.113.0", 24, "10.2.0.9")[1])
    all_back(network.ping("a", "203.0.113.7"))
    row, = client.dump("rib-table", owner=client.welcome["owner"])
    assert (row["source"], row["preference"], row["active"], row["stale"]) == ("bgp", 20, 1, 0)
    assert row["owner"] == client.welcome["owner"]

    # A transaction of the configuration, even one that says everything again, is not about it.
    agent.transaction(INSTANCE, *(change for n in (1, 2, 3) for change in routed(n)), replace=True)
    all_back(network.ping("a", "203.0.113.7"))

    # Its owner goes: stale, forwarding, then swept.
    client.close()
    eventually(lambda: not owner(agent, "bgpd")["attached"])
    row, = agent.dump("rib-table", owner=client.welcome["owner"])
    assert row["stale"] == 1
    assert owner(agent, "bgpd")["stale"] == 1
    all_back(network.ping("a", "203.0.113.7"))
    eventually(lambda: owner(agent, "bgpd")["routes"] == 0)
    assert received(network.ping("a", "203.0.113.7", "-W", "1")) == 0


@pytest.mark.requirement("R36 R63")
def test_an_owner_that_comes_back_tells_again_what_it_keeps(worker, agent):
    token = grant(agent, seconds=60)
    first = worker.client(token=token)
    assert first.batch([bgp(f"203.0.113.{i}", 32, "10.2.0.9") for i in range(200)]) == {}
    first.close()
    eventually(lambda: not owner(agent, "bgpd")["attached"])
    # A new process asks for a new grant; it is the same owner.
    second = worker.client(token=grant(agent, seconds=60))
    assert second.welcome["kept"] == 1
    assert second.welcome["owner"] == first.welcome["owner"]
    assert second.batch([bgp(f"203.0.113.{i}", 32, "10.2.0.9") for i in range(50, 120)]) == {}
    stale = [row for row in second.dump("rib-table", owner=second.welcome["owner"]) if row["stale"]]
    assert len(stale) == 130
    assert second.routes_synced()["detail"] == 130
    assert owner(agent, "bgpd")["routes"] == 70
    assert owner(agent, "bgpd")["stale"] == 0
    assert second.routes_flush()["detail"] == 70
    assert owner(agent, "bgpd")["routes"] == 0


@pytest.mark.requirement("R36 R65")
def test_errors_of_a_batch_come_by_index_and_the_rest_is_done(worker, agent):
    client = worker.client(token=grant(agent))
    failed = client.batch([
        bgp("203.0.113.1", 32, "10.2.0.9"),
        bgp("203.0.113.2", 32, "10.2.0.9", source="static"),
        bgp("203.0.113.3", 32, "10.2.0.9", instance=7),
        bgp("203.0.113.4", 32, "10.2.0.9", source="connected"),
        bgp("203.0.113.5", 40, "10.2.0.9"),
        bgp("203.0.113.6", 32, "224.0.0.1"),
        bgp("203.0.113.7", 32, "10.2.0.9"),
    ])
    assert {index: f.error for index, f in failed.items()} == {
        1: "malformed", 2: "unknown-object", 3: "malformed", 4: "malformed", 5: "malformed"}
    assert "static is no source of routes for this ring" in failed[1].text
    assert "instance 7" in failed[2].text
    assert owner(agent, "bgpd")["routes"] == 2


@pytest.mark.requirement("R36")
def test_a_strict_request_minds_what_is_there(worker, agent):
    client = worker.client(token=grant(agent))
    message, values = bgp("203.0.113.0", 24, "10.2.0.9")
    delete = {key: values[key] for key in ("instance", "family", "prefix_length", "source", "prefix")}
    client.route_delete(**delete)
    with pytest.raises(Refused) as refused:
        client.route_delete(strict=True, **delete)
    assert refused.value.error == "missing"
    client.ask(message, strict=True, **values)
    with pytest.raises(Refused) as refused:
        client.ask(message, strict=True, **values | {"metric": 7})
    assert refused.value.error == "exists"
    assert [row["metric"] for row in client.dump("rib-table", owner=client.welcome["owner"])] == [values["metric"]]
    # A source of its own is a route of its own; one of a batch sees those before it.
    client.ask(message, strict=True, **values | {"source": "ospf"})
    failed = client.batch([("route-delete", delete), (message, values), (message, values)], strict=True)
    assert {index: f.error for index, f in failed.items()} == {2: "exists"}
    client.route_delete(strict=True, **delete)


def renamed(message, values, name):
    return message, values | {"name": name}


@pytest.mark.requirement("R36 R65")
def test_a_number_that_comes_to_mean_another_thing_takes_no_route_there(worker, agent):
    red, blue = ("instance-set", {"instance": 7, "kind": "l3", "name": "red"}), (
        "instance-set", {"instance": 7, "kind": "l3", "name": "blue"})
    agent.transaction(red)
    client, other = worker.client(token=grant(agent)), worker.client(token=grant(agent, "other", ("state-read",)))
    names = client.welcome["names"]
    in_red = bgp("203.0.113.0", 24, None, instance=7, next_hops=[{"kind": "blackhole", "weight": 1}])
    by_port_2 = bgp("203.0.114.0", 24, "10.2.0.9", next_hops=[
        {"kind": "gateway", "family": 4, "interface": 12, "weight": 1, "address": "10.2.0.9"}])
    recursive = bgp("203.0.115.0", 24, "10.2.0.9")
    assert client.batch([in_red, by_port_2, recursive], generation=names) == {}
    agent.transaction(("interface-set", routed(1)[1][1] | {"mtu4": 1400}))
    assert client.batch([in_red], generation=names) == {}, "nothing that has a name has changed"

    # red goes and its number comes back as blue, in one commit.
    agent.transaction(("instance-delete", {"instance": 7}), blue)
    event = client.event("names-event")
    assert event["names"] > names and event["removed"] == 1
    assert owner(agent, "bgpd")["routes"] == 2
    failed = client.batch([in_red, recursive], generation=names)
    assert {index: f.error for index, f in failed.items()} == {0: "stale-names", 1: "stale-names"}
    assert failed[0].detail == event["names"]
    with pytest.raises(Refused) as refused:
        client.routes_flush(instance=7, generation=names)
    assert refused.value.error == "stale-names"
    assert client.batch([recursive], generation=event["names"]) == {}

    # An interface likewise; what is found by recursion stays.
    agent.transaction(renamed(*routed(2)[1], "other.0"))
    assert client.event("names-event")["removed"] == 1
    assert [row["prefix"][:3] for row in client.dump("rib-table", owner=client.welcome["owner"])] == [
        bytes([203, 0, 115])]
    # One that fails changes nothing, and nobody is told; nor is who may not see routes.
    agent.fault_set(step="in-apply", object="none", count=1)
    assert client.batch([by_port_2]) == {}
    with pytest.raises(Refused):
        agent.transaction(renamed(*routed(2)[1], "third.0"))
    assert owner(agent, "bgpd")["routes"] == 2
    assert client.ask("ping")[1]["error"] == other.ask("ping")[1]["error"] == "ok"
    assert not [name for name, _ in client.events + other.events if name == "names-event"]


@pytest.mark.requirement("R36")
def test_a_table_is_read_in_parts_and_by_prefix(worker, agent):
    client = worker.client(token=grant(agent))
    wanted = [bgp(f"100.64.{i // 256}.{i % 256}", 32, "10.2.0.9") for i in range(3000)]
    assert client.batch(wanted) == {}
    assert client.batch([(m, v | {"source": "ospf", "preference": 30}) for m, v in wanted[:10]]) == {}

    def name(row):
        return row["instance"], row["family"], row["prefix"], row["prefix_length"], row["source"], row["owner"]

    for table in ("rib-table", "route-table"):
        whole = sorted(map(name, client.dump(table)))
        for limit in (1, 7, 1000, len(whole), 100000) if table == "rib-table" else (256,):
            parts = list(client.pages(table, limit))
            assert sorted(name(row) for rows in parts for row in rows) == whole
            assert all(len(rows) == limit for rows in parts[:-1])
    for table in ("interface-table", "port-table", "neighbor-table", "owner-table"):
        rows = [row for rows in agent.pages(table, 1) for row in rows]
        assert len(rows) == len(agent.dump(table))

    one = {"instance": 1, "family": 4, "prefix_length": 32, "prefix": "100.64.0.3"}
    assert sorted(row["source"] for row in client.dump("rib-table", **one)) == ["bgp", "ospf"]
    assert [row["source"] for row in client.dump("route-table", **one)] == ["bgp"]
    assert [len(rows) for rows in client.pages("rib-table", 1, **one)] == [1, 1]
    assert client.dump("route-table", **one | {"prefix_length": 31}) == []
    assert client.dump("route-table", **one | {"instance": 9}) == []
    assert client.dump("route-table", **one | {"family": 6}) == []
    # Nonsense ends, too.
    for table in SCHEMA.enums["table"]:
        for position in (5, 1 << 31, (1 << 32) - 1, 1 << 40, (1 << 64) - 1):
            agent.ask("dump", table=table, position=position)


@pytest.mark.requirement("R36 R40")
def test_owners_and_the_configuration_compete_by_preference(worker, agent):
    one = worker.client(token=grant(agent, "one"))
    two = worker.client(token=grant(agent, "two"))

    def active():
        row, = (row for row in agent.dump("route-table") if row["prefix"][:4] == bytes([203, 0, 113, 0]))
        return row["owner"], row["source"]

    one.ask("route-set", **bgp("203.0.113.0", 24, "10.2.0.9")[1])
    two.ask("route-set", **bgp("203.0.113.0", 24, "10.3.0.9", preference=15)[1])
    assert active() == (two.welcome["owner"], "bgp")
    agent.transaction(route("203.0.113.0", 24, gateway="10.1.0.9"))
    assert active() == (1, "static")
    offered = [row for row in agent.dump("rib-table") if row["prefix"][:4] == bytes([203, 0, 113, 0])]
    assert sorted((row["owner"], row["active"]) for row in offered) == [
        (1, 1), (one.welcome["owner"], 0), (two.welcome["owner"], 0)]
    delete = {key: bgp("203.0.113.0", 24, "10.2.0.9")[1][key]
              for key in ("instance", "family", "prefix_length", "source", "prefix")}
    agent.transaction(("route-delete", delete | {"source": "static"}))
    assert active() == (two.welcome["owner"], "bgp")
    two.ask("route-delete", **delete)
    assert active() == (one.welcome["owner"], "bgp")
    # An administrator takes away what another owns; the owner alone cannot.
    with pytest.raises(Refused) as refused:
        two.ask("routes-flush", owner=one.welcome["owner"])
    assert refused.value.error == "denied"
    assert agent.ask("routes-flush", owner=one.welcome["owner"])[1]["detail"] == 1


@pytest.mark.requirement("R31 R36")
def test_routes_wait_while_a_configuration_is_between_begin_and_commit(worker, agent):
    client = worker.client(token=grant(agent))
    agent.begin()
    waiting = client.send("route-set", **bgp("203.0.113.0", 24, "10.2.0.9")[1])
    with pytest.raises(TimeoutError):
        client.receive(0.3)
    agent.prepare(generation=99)
    with pytest.raises(TimeoutError):
        client.receive(0.3)
    agent.abort()
    name, about, values = client.receive(5)
    assert (name, about, values["error"]) == ("answer", waiting, "ok")
    assert owner(agent, "bgpd")["routes"] == 1


OPERATIONS = {
    "begin": ("begin", {}), "abort": ("abort", {}), "prepare": ("prepare", {}), "commit": ("commit", {}),
    "instance-set": INSTANCE, "fault-set": ("fault-set", {"step": "in-prepare", "count": 0}),
    "route-set": bgp("203.0.113.0", 24, "10.2.0.9"),
    "route-delete": ("route-delete", {"instance": 1, "family": 4, "prefix_length": 24, "source": "bgp",
                                      "prefix": "203.0.113.0"}),
    "routes-flush": ("routes-flush", {}), "routes-synced": ("routes-synced", {}),
    "flush another's": ("routes-flush", {"owner": 61}), "set for another": (
        "route-set", bgp("203.0.113.0", 24, "10.2.0.9")[1] | {"owner": 61}),
    "grant-set": ("grant-set", {"token": b"x" * 32, "name": "third"}), "grant-delete": (
        "grant-delete", {"name": "nobody"}),
    "ping": ("ping", {}),
} | {table: ("dump", {"table": table}) for table in SCHEMA.enums["table"]}

CONFIG = {"begin", "abort", "prepare", "commit", "instance-set", "fault-set", "route-set", "route-delete"}
GRANT = {"flush another's", "grant-set", "grant-delete"}
WRITE = {"route-set", "route-delete", "routes-flush", "routes-synced"}
READ = {"route-table", "rib-table", "interface-table", "instance-table", "owner-table"}
STATE = {"neighbor-table", "fdb-table", "port-table"}
PRINCIPALS = {
    "root": (None, CONFIG | GRANT | READ | STATE),
    "writer": (("rib-write",), WRITE),
    "reader": (("rib-read",), READ),
    "watcher": (("state-read",), STATE),
    "all scopes": (("rib-write", "rib-read", "state-read"), WRITE | READ | STATE),
    "no scope": ((), set()),
}


@pytest.mark.requirement("R4 R37")
@pytest.mark.parametrize("principal", PRINCIPALS)
def test_who_may_ask_for_what(worker, agent, principal):
    scopes, expected = PRINCIPALS[principal]
    client = worker.client(token=grant(agent, principal, scopes) if scopes is not None else b"")
    may = set()
    for name, (message, values) in OPERATIONS.items():
        try:
            client.ask(message, **values)
            may.add(name)
        except Refused as refused:
            if refused.error != "denied":
                may.add(name)
    assert may == expected | {"ping"}
    counted = owner(agent, principal if scopes is not None else "")["denied"]
    assert counted == len(OPERATIONS) - len(may)
    assert worker.log.read_text().count("may not ask for") > 0


def stranger(run, token, said):
    """Another user's process: what the worker says to its hello, and whether it is shown counters."""
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    try:
        client = Client(run, name="stranger", token=token)
        said.put((client.welcome["scopes"], client.counters is None))
        if client.welcome["owner"] > 1:
            client.ask("route-set", **bgp("203.0.113.0", 24, "10.2.0.9")[1])
            said.put("set")
            time.sleep(60)
    except Refused as refused:
        said.put(refused.error)
    except Gone:
        said.put("gone")


@pytest.mark.requirement("R4 R33 R36 R63")
def test_another_user_needs_a_token_and_is_swept_when_it_is_killed(worker, agent):
    said = multiprocessing.Queue()
    for token in (b"", secrets.token_bytes(32)):
        process = multiprocessing.Process(target=stranger, args=(worker.run, token, said))
        process.start()
        assert said.get(timeout=20) == "denied"
        process.join(10)
    assert owner(agent, "")["denied"] == 2
    assert "uid 65534) may not ask for hello" in worker.log.read_text()

    process = multiprocessing.Process(target=stranger, args=(worker.run, grant(agent), said))
    process.start()
    assert said.get(timeout=20) == (mask("rib-write", "rib-read"), True)
    assert said.get(timeout=20) == "set"
    os.kill(process.pid, signal.SIGKILL)
    process.join(10)
    eventually(lambda: not owner(agent, "bgpd")["attached"])
    assert owner(agent, "bgpd")["routes"] == 1
    eventually(lambda: owner(agent, "bgpd")["routes"] == 0)


@pytest.mark.requirement("R4 R33")
def test_a_grant_that_is_replaced_or_taken_away_closes_its_ring(worker, agent):
    token = grant(agent)
    client = worker.client(token=token)
    with pytest.raises(Refused) as refused:
        Client(worker.run, token=token)
    assert refused.value.error == "in-use"
    # The same token with other scopes is no new grant.
    agent.grant_set(token=token, scopes=mask("rib-read"), stale_seconds=2, name="bgpd")
    with pytest.raises(Refused) as refused:
        client.routes_flush()
    assert refused.value.error == "denied"
    other = grant(agent)
    with pytest.raises(Gone):
        client.ask("ping")
    with pytest.raises(Refused) as refused:
        Client(worker.run, token=token)
    assert refused.value.error == "denied"
    client = worker.client(token=other)
    agent.grant_delete(name="bgpd")
    with pytest.raises(Gone):
        client.ask("ping")
    with pytest.raises(Refused):
        agent.grant_delete(name="bgpd")
    for scopes in ("config", "grant"):
        with pytest.raises(Refused) as refused:
            grant(agent, scopes=(scopes,))
        assert refused.value.error == "denied"


@pytest.mark.requirement("R33")
def test_who_does_not_say_hello_is_sent_away(worker):
    client = worker.client(hello=False)
    with pytest.raises(Gone):
        client.receive(10)
    assert "it did not say hello" in worker.log.read_text()
