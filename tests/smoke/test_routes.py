"""Volatile routes from where their users are: NETCONF, RESTCONF, and a routing daemon that was granted the API."""

import json
import os
import signal
import subprocess
import time

import pytest
from conftest import ROOT, eventually
from ncclient.operations import RPCError
from ncclient.xml_ import to_ele

from box import config, network_instances

from .test_forwarding import NETS, commit, instance, routed

ROUTES = "urn:lagopus:yang:lagopus-routes"
BEHIND = "203.0.113.7"
VIA_B, VIA_C = NETS["b"][1], NETS["c"][1]


def call(netconf, operation, inside=""):
    """An operation of lagopus-routes as {leaf: text} and the errors by index."""
    reply = netconf.dispatch(to_ele(f'<{operation} xmlns="{ROUTES}">{inside}</{operation}>'))
    tree = to_ele(reply.xml)
    errors = {int(e.find(f"{{{ROUTES}}}index").text): e.find(f"{{{ROUTES}}}error").text
              for e in tree.iter(f"{{{ROUTES}}}error") if len(e)}
    leaves = {e.tag.split("}")[1]: e.text for e in tree if not len(e)}
    return leaves, errors


def route(prefix, gateway=None, **leaves):
    more = "".join(f"<{name}>{value}</{name}>" for name, value in leaves.items())
    hop = f"<next-hop><address>{gateway}</address></next-hop>" if gateway else ""
    return f"<route><prefix>{prefix}</prefix>{more}{hop}</route>"


def post(box, operation, **leaves):
    body = box.directory / "body.json"
    body.write_text(json.dumps({"lagopus-routes:input": leaves}))
    answer = box.curl(f"/restconf/operations/lagopus-routes:{operation}", "-X", "POST", "-H",
                      "Content-Type: application/yang-data+json", "-d", f"@{body}", check=False)
    return json.loads(answer) if answer.strip() else {}


def dump(box, **filters):
    return post(box, "dump", **filters)["lagopus-routes:output"].get("route", [])


def owners(box):
    state = box.restconf("/lagopus-routes:routes")["lagopus-routes:routes"]
    return {owner["name"]: owner for owner in state.get("owner", [])}


def owned(box, name):
    return int(owners(box).get(name, {}).get("routes", 0))


@pytest.fixture
def network(box):
    """a, b and c around the box, and a network that is behind b and behind c alike."""
    commit(box, routed(box, "a", "b", "c"))
    for name in "bc":
        box.host(name).run("ip", "address", "add", f"{BEHIND}/32", "dev", "lo")
        box.host("a").wait_for_ping(NETS[name][1])
    yield box
    for name in "bc":
        box.host(name).run("ip", "address", "del", f"{BEHIND}/32", "dev", "lo", check=False)
    box.wait_ready()
    eventually(lambda: "removed" in str(post(box, "flush")), 20, 0.3)


def reached(box):
    return box.host("a").ping(BEHIND, count=2, timeout=1)


@pytest.mark.requirement("R15 R36 R40")
def test_routes_are_set_by_netconf_without_a_commit(network):
    with network.netconf() as netconf:
        assert not reached(network)
        done, errors = call(netconf, "add", route("203.0.113.0/24", VIA_B) + route("203.0.114.0/24", VIA_B, source="bgp")
                            + route("203.0.115.1/24", VIA_B) + route("203.0.116.0/24", VIA_B, instance="nowhere")
                            + "<route><prefix>2001:db8:f::/48</prefix><next-hop><kind>blackhole</kind></next-hop></route>")
        assert done == {"done": "3"}
        assert errors == {2: "malformed", 3: "unknown-object"}
        assert network.host("a").ping(BEHIND) == 3
        assert call(netconf, "add", route("203.0.113.0/24", VIA_C)) == ({"done": "0"}, {0: "exists"})
        assert call(netconf, "replace", route("203.0.113.0/24", VIA_C, metric=5)) == ({"done": "1"}, {})
        found = {entry["prefix"]: entry for entry in dump(network, owner="northbound")}
        assert set(found) == {"203.0.113.0/24", "203.0.114.0/24", "2001:db8:f::/48"}
        one = found["203.0.113.0/24"]
        assert (one["instance"], one["source"], one["preference"], one["metric"], one["active"], one["stale"]) == (
            "default", "other", 100, 5, True, False)
        assert one["next-hop"] == [{"kind": "gateway", "address": VIA_C, "weight": 1}]
        assert found["2001:db8:f::/48"]["next-hop"] == [{"kind": "blackhole", "weight": 1}]
        assert call(netconf, "delete", route("203.0.114.0/24")) == ({"done": "0"}, {0: "missing"})
        assert call(netconf, "delete", route("203.0.114.0/24", source="bgp")) == ({"done": "1"}, {})
        forwarding, = dump(network, table="forwarding", prefix="203.0.113.0/24")
        assert forwarding["next-hop"] == [{"kind": "gateway", "address": VIA_C, "interface": "p3", "weight": 1}]
        eventually(lambda: owned(network, "northbound") == 2)
        assert call(netconf, "flush") == ({"removed": "2"}, {})
        assert not reached(network)
        with pytest.raises(RPCError) as refused:
            call(netconf, "flush", "<owner>nobody</owner>")
        assert refused.value.tag == "data-missing" and "nobody" in refused.value.message
        with pytest.raises(RPCError) as refused:
            call(netconf, "add", "<route><prefix>203.0.113.0/24</prefix></route>")
        assert "next-hop" in (refused.value.path or "") + (refused.value.message or "")


@pytest.mark.requirement("R15 R36 R40")
def test_routes_are_set_by_restconf(network):
    hop = [{"address": VIA_B}]
    done = post(network, "add", route=[{"prefix": "203.0.113.0/24", "next-hop": hop},
                                       {"prefix": "203.0.113.0/24", "next-hop": hop}])
    output = done["lagopus-routes:output"]
    assert output["done"] == 1
    assert [(error["index"], error["error"]) for error in output["error"]] == [(1, "exists")]
    assert network.host("a").ping(BEHIND) == 3
    many = [{"prefix": f"100.64.{i // 256}.{i % 256}/32", "next-hop": hop} for i in range(2500)]
    assert post(network, "replace", route=many)["lagopus-routes:output"] == {"done": 2500}
    rows = post(network, "dump", owner="northbound")["lagopus-routes:output"]
    assert len(rows["route"]) == 1000 and rows["more"] is True
    assert post(network, "delete", route=[{"prefix": "203.0.113.0/24"}])["lagopus-routes:output"] == {"done": 1}
    assert post(network, "flush")["lagopus-routes:output"] == {"removed": "2500"}


@pytest.mark.requirement("R15 R59")
def test_the_datastore_refuses_what_is_volatile_and_names_the_api(network):
    with network.netconf() as netconf, pytest.raises(RPCError) as refused:
        netconf.edit_config(target="candidate", config=config(
            f'<routes xmlns="{ROUTES}"><owner><name>bgpd</name></owner></routes>'))
    assert "dataplane.routes" in refused.value.message, refused.value.message
    for method in ("PUT", "PATCH"):
        answer = network.curl("/restconf/data/lagopus-routes:routes", "-X", method, "-H",
                              "Content-Type: application/yang-data+json", "-d",
                              json.dumps({"lagopus-routes:routes": {"owner": [{"name": "bgpd"}]}}), check=False)
        assert "dataplane.routes" in answer, answer


@pytest.mark.requirement("R20 R30 R35 R36")
def test_what_operations_set_outlives_worker_and_agent(network):
    with network.netconf() as netconf:
        assert call(netconf, "add", route("203.0.113.0/24", VIA_B))[0] == {"done": "1"}
    again = {"prefix": "203.0.113.0/24", "next-hop": [{"address": VIA_B}]}
    for unit in ("lagopus-worker", "lagopus-dataplane", "lagopus-worker", "lagopusd"):
        before = network.kill(unit)
        eventually(lambda: network.pid(unit) not in (0, before), 20)
        network.host("a").wait_for_ping(BEHIND, 20)
        # One of the two remembers what the other forgets; so they must not go together.
        eventually(lambda: "exists" in str(post(network, "add", route=[again])), 20)
    network.wait_ready()
    assert post(network, "delete", route=[{"prefix": "203.0.113.0/24"}])["lagopus-routes:output"] == {"done": 1}


@pytest.mark.requirement("R36 R65")
def test_a_route_follows_the_name_of_its_instance_and_never_its_number(network):
    hop = "<next-hop><kind>blackhole</kind></next-hop>"
    commit(network, network_instances(instance("red", "L3VRF")))
    with network.netconf() as netconf:
        inside = f"<route><instance>red</instance><prefix>203.0.113.0/24</prefix>{hop}</route>"
        assert call(netconf, "add", inside)[0] == {"done": "1"}
        gone = ('<network-instance xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="delete">'
                "<name>red</name></network-instance>")
        commit(network, network_instances(gone, instance("blue", "L3VRF")))
        eventually(lambda: owned(network, "northbound") == 0)
        assert dump(network, instance="blue") == []
        waiting = "/lagopus-routes:routes/state"
        eventually(lambda: network.restconf(waiting)["lagopus-routes:state"]["waiting"] == 1)
        # What waits can be flushed, too.
        assert call(netconf, "flush", "<instance>red</instance>")[0] == {"removed": "1"}
        with pytest.raises(RPCError) as refused:
            call(netconf, "flush", "<instance>red</instance>")
        assert refused.value.tag == "invalid-value"
        assert call(netconf, "add", inside)[1] == {0: "unknown-object"}
        commit(network, network_instances(instance("red", "L3VRF")))
        assert call(netconf, "add", inside)[0] == {"done": "1"}
        commit(network, network_instances(gone))
        eventually(lambda: network.restconf(waiting)["lagopus-routes:state"]["waiting"] == 1)
        commit(network, network_instances(instance("red", "L3VRF")))
        eventually(lambda: [entry["prefix"] for entry in dump(network, instance="red")] == ["203.0.113.0/24"])
        assert call(netconf, "delete", "<route><instance>red</instance><prefix>203.0.113.0/24</prefix></route>")[0] == {
            "done": "1"}


class Daemon:
    """RouteDaemon.java, which knows the box by its component channel alone."""

    def __init__(self, box, name, scopes="rib-write,rib-read"):
        jdk = (ROOT / "build/jdk").read_text().strip()
        self.process = subprocess.Popen(
            [f"{jdk}/bin/java", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-cp",
             f"{ROOT}/build/lib/lagopus/lagopus-dataplane/*", ROOT / "tests/smoke/RouteDaemon.java",
             box.run_directory / "components.sock", name, scopes],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def say(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def until(self, said, *words, seconds=20):
        return eventually(lambda: (answer := self.say(*words)) == said and answer, seconds, 0.2, f"{said} to {words}")

    def kill(self):
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def daemon(network):
    made = []

    def start(*arguments):
        made.append(Daemon(network, *arguments))
        return made[-1]

    commit(network, f'<routes xmlns="{ROUTES}"><config><stale-time>2</stale-time></config></routes>')
    yield start
    for one in made:
        one.kill()
    nc = 'xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="remove"'
    commit(network, f'<routes xmlns="{ROUTES}"><config {nc}/></routes>')


@pytest.mark.requirement("R11 R12 R36 R37 R63")
def test_a_routing_daemon_is_granted_the_api_and_swept_when_it_dies(network, daemon):
    bgpd = daemon("bgpd")
    bgpd.until("ok", "replace", "default", "203.0.113.0/24", VIA_B)
    assert network.host("a").ping(BEHIND) == 3
    assert "EXISTS" in bgpd.say("add", "default", "203.0.113.0/24", VIA_B)
    assert "there is no network instance nowhere" in bgpd.say("add", "nowhere", "203.0.113.0/24", VIA_B)
    component = network.restconf("/lagopus-components:components/component=bgpd/state")["lagopus-components:state"]
    assert component["grant"][0]["api"] == "dataplane.routes"
    assert component["grant"][0]["component"] == "dataplane"
    offered = network.restconf("/lagopus-components:components/component=dataplane/state")["lagopus-components:state"]
    assert [api["name"] for api in offered["api"]] == ["dataplane.routes"]
    eventually(lambda: owners(network).get("bgpd", {}).get("attached"))
    assert owners(network)["bgpd"]["stale-time"] == 2

    # Somebody by hand does not get at it, but may flush it; the configuration takes precedence.
    with network.netconf() as netconf:
        assert call(netconf, "delete", route("203.0.113.0/24", source="bgp"))[1] == {0: "missing"}
        assert call(netconf, "flush", "<owner>bgpd</owner>")[0] == {"removed": "1"}
    assert not reached(network)
    assert bgpd.say("replace", "default", "203.0.113.0/24", VIA_B) == "ok"

    # The worker goes: the daemon is told, and tells all again.
    network.kill("lagopus-worker")
    network.host("a").wait_for_ping(BEHIND, 20)
    assert bgpd.say("count") == "told 2 has 1"

    # The daemon goes: its route forwards while it is stale, and is swept then.
    bgpd.kill()
    assert network.host("a").ping(BEHIND, count=2) == 2
    eventually(lambda: not dump(network, owner="bgpd"))
    assert not reached(network)

    # One that comes back in time keeps what it tells again.
    bgpd = daemon("bgpd")
    bgpd.until("ok", "replace", "default", "203.0.113.0/24", VIA_C)
    assert reached(network)


@pytest.mark.requirement("R4 R37")
def test_a_daemon_may_do_what_its_scopes_say(network, daemon):
    reader = daemon("reader", "rib-read")
    said = eventually(lambda: (answer := reader.say("replace", "default", "203.0.113.0/24", VIA_B)) and
                      "away" not in answer and answer, 20, 0.2)
    assert "DENIED" in said
    eventually(lambda: int(owners(network).get("reader", {"denied": 0})["denied"]) > 0)
    # Who may not read what instances and interfaces there are is told so, and not that there are none.
    writer = daemon("writer", "rib-write")
    said = eventually(lambda: (answer := writer.say("replace", "default", "203.0.113.0/24", VIA_B)) and
                      "the worker is not there" not in answer and answer, 20, 0.2)
    assert said.startswith("away: DENIED")
    other = daemon("greedy", "rib-write,config")
    state = "/lagopus-components:components/component=greedy/state/refused-grants"
    eventually(lambda: json.loads(network.curl(f"/restconf/data{state}", check=False))
               .get("lagopus-components:refused-grants", 0) > 0, 20, 0.3)
    assert other.say("flush").startswith("away")


@pytest.mark.requirement("R20 R35 R36")
def test_many_routes_are_there_again_after_a_restart_of_the_worker(network, daemon):
    bgpd = daemon("bgpd")
    bgpd.until("ok", "many", "default", VIA_B, 50000)
    eventually(lambda: owned(network, "bgpd") == 50000)
    network.kill("lagopus-worker")
    begun = time.monotonic()
    bgpd.until("told 2 has 50000", "count", seconds=30)
    print(f"50 000 routes told again after {time.monotonic() - begun:.1f} s")
    eventually(lambda: owned(network, "bgpd") == 50000 and not owners(network)["bgpd"]["stale"])
    assert bgpd.say("flush") == "ok"


@pytest.mark.requirement("R5")
def test_metrics_tell_of_interfaces_components_and_routes(network):
    assert network.host("a").ping(VIA_B, count=5) == 5
    assert post(network, "add", route=[{"prefix": "203.0.113.0/24", "next-hop": [{"kind": "blackhole"}]}])

    def found():
        lines = network.curl("/metrics", "-H", "Accept: text/plain").splitlines()
        values = {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[:1] != "#")}
        return (values['lagopus_interface_in_pkts_total{interface="p1"}'] >= 5
                and values['lagopus_interface_up{interface="p1"}'] == 1
                and values.get('lagopus_volatile_routes{owner="northbound"}') == 1
                and values['lagopus_component_connected{component="dataplane"}'] == 1
                and values['lagopus_commit_component_seconds_count{component="dataplane",phase="prepare"}'] > 0)

    assert eventually(found)


def forwarding(box, *keys):
    path = "/restconf/data/lagopus-routes:routes/forwarding" + ("=" + ",".join(keys).replace("/", "%2F") if keys else "")
    answer = json.loads(box.curl(path, check=False))
    return answer.get("lagopus-routes:forwarding") or answer["ietf-restconf:errors"]["error"][0]


@pytest.mark.requirement("R15 R36 R67")
def test_what_packets_follow_is_read_from_the_worker(network, daemon):
    bgpd = daemon("bgpd")
    bgpd.until("ok", "many", "default", VIA_B, 3500)
    one, = forwarding(network, "default", "100.64.7.9/32")
    assert one["next-hop"] == [{"kind": "gateway", "address": VIA_B, "interface": "p2", "weight": 1}]
    assert (one["owner"], one["source"], one["stale"]) == ("bgpd", "bgp", False)
    assert forwarding(network, "default", "100.64.255.9/32")["error-tag"] == "invalid-value"
    whole = {(entry["instance"], entry["prefix"]) for entry in forwarding(network)}
    own = {(entry["instance"], entry["prefix"]) for entry in forwarding(network) if "owner" not in entry}
    assert own and len(whole) == 3500 + len(own)
    assert ("default", "100.64.13.171/32") in whole

    def get(netconf, inside):
        found = netconf.get(filter=("subtree", f'<routes xmlns="{ROUTES}">{inside}</routes>')).data_xml
        return to_ele(found).findall(f".//{{{ROUTES}}}forwarding")

    with network.netconf(timeout=120) as netconf:
        key = "<forwarding><instance>default</instance><prefix>100.64.7.9/32</prefix></forwarding>"
        entry, = get(netconf, key)
        assert entry.find(f".//{{{ROUTES}}}interface").text == "p2"
        assert len(get(netconf, "<forwarding/>")) == len(whole)
        assert len(get(netconf, "<forwarding><owner>bgpd</owner><prefix/></forwarding>")) == 3500
        assert get(netconf, "<owner/>") == []
        # All state of the box can be read while the worker is away; the table alone cannot.
        network.kill("lagopus-worker")
        assert "forwarding" not in netconf.get(filter=("subtree", f'<routes xmlns="{ROUTES}"/>')).data_xml
        assert forwarding(network)["error-tag"] == "resource-denied"
    bgpd.until("told 2 has 3500", "count")
    assert len(forwarding(network)) == len(whole)


ACM, SYS = "urn:ietf:params:xml:ns:yang:ietf-netconf-acm", "http://openconfig.net/yang/system"


def access(*rules, operation="merge"):
    """A user olga, a group of hers with rules `(what, which, action)`, or their removal."""
    mark = f'xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="{operation}"'
    inside = "".join(f"<rule><name>{number}</name><module-name>lagopus-routes</module-name><{what}>{which}</{what}>"
                     f"<action>{action}</action></rule>" for number, (what, which, action) in enumerate(rules))
    return (f'<system xmlns="{SYS}"><aaa><authentication><users><user {mark}><username>olga</username><config>'
            "<username>olga</username><password>word</password></config></user></users></authentication></aaa></system>"
            f'<nacm xmlns="{ACM}"><groups><group {mark}><name>routing</name><user-name>olga</user-name></group></groups>'
            f"<rule-list {mark}><name>routing</name><group>routing</group>{inside}</rule-list></nacm>")


@pytest.fixture
def olga(network):
    def allowed(*rules):
        commit(network, access(operation="remove"))
        commit(network, access(*rules))
        return network.netconf(user="olga", password="word")

    yield allowed
    commit(network, access(operation="remove"))


@pytest.mark.requirement("R4")
def test_who_may_call_and_see_what_is_access_control(network, olga):
    attempts = {name: inside for name, inside in (
        ("add", route("203.0.113.0/24", VIA_B)), ("replace", route("203.0.113.0/24", VIA_B)),
        ("delete", route("203.0.113.0/24")), ("flush", ""), ("dump", ""))}

    def may(session):
        found = set()
        for name, inside in attempts.items():
            try:
                call(session, name, inside)
                found.add(name)
            except RPCError as refused:
                assert refused.tag == "access-denied"
        return found

    # Reading is for everybody, changing for nobody, unless a rule says otherwise.
    with olga() as session:
        assert may(session) == {"dump"}
    with olga(("rpc-name", "add", "permit"), ("rpc-name", "flush", "permit"), ("rpc-name", "dump", "deny")) as session:
        assert may(session) == {"add", "flush"}
    hidden = '/r:routes/r:forwarding[r:instance="default"][r:prefix="192.0.2.64/26"]'
    with olga() as session:
        wanted = ("subtree", f'<routes xmlns="{ROUTES}"><forwarding><prefix/></forwarding></routes>')
        assert "192.0.2.64/26" in session.get(filter=wanted).data_xml
    rules = access(("path", hidden, "deny")).replace("<path>", f'<path xmlns:r="{ROUTES}">')
    commit(network, access(operation="remove"))
    commit(network, rules)
    with network.netconf(user="olga", password="word") as session:
        seen = session.get(filter=wanted).data_xml
        assert "192.0.2.64/26" not in seen and "192.0.2.0/26" in seen
        key = "<forwarding><instance>default</instance><prefix>192.0.2.64/26</prefix></forwarding>"
        assert "192.0.2.64" not in session.get(filter=("subtree", f'<routes xmlns="{ROUTES}">{key}</routes>')).data_xml
