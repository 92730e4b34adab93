"""Real packets through the box: bridged, routed, and what becomes of those it cannot deliver."""

import ipaddress
import time

import pytest
from conftest import eventually
from frames import Wire
from scapy.layers.inet import ICMP, IP, UDP, ICMPerror, IPerror
from scapy.layers.inet6 import ICMPv6DestUnreach, ICMPv6EchoRequest, ICMPv6TimeExceeded, IPv6
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Raw

from box import NAMESPACES, config, dataplane, interface, interfaces, network_instances, subinterface, subinterfaces

NETS = {"a": ("192.0.2.1/26", "192.0.2.2", "2001:db8:a::1/64", "2001:db8:a::2"),
        "b": ("192.0.2.65/26", "192.0.2.66", "2001:db8:b::1/64", "2001:db8:b::2"),
        "c": ("192.0.2.129/26", "192.0.2.130", "2001:db8:c::1/64", "2001:db8:c::2")}


def commit(box, *parts):
    with box.netconf() as netconf:
        netconf.edit_config(target="candidate", config=config(*parts))
        netconf.commit()


def port(box, name, number, *parts, **options):
    return interface(f"p{number}", dataplane(device=box.host(name).wire, port_number=number), *parts, **options)


def routed(box, *names):
    """A routed port for each host, and the hosts' addresses and default routes."""
    for name in names:
        box4, host4, box6, host6 = NETS[name]
        host = box.host(name)
        host.address(f"{host4}/{box4.split('/')[1]}", f"{host6}/64")
        host.default_via(box4.split("/")[0], box6.split("/")[0])
    return interfaces(*(port(box, name, number, subinterfaces(subinterface(NETS[name][0], NETS[name][2])))
                        for number, name in enumerate(names, 1)))


def member(interface_name, index=None):
    """An interface of a network instance: a subinterface, or the whole port."""
    name = interface_name if index is None else f"{interface_name}.{index}"
    part = "" if index is None else f"<subinterface>{index}</subinterface>"
    return (f"<interface><id>{name}</id><config><id>{name}</id><interface>{interface_name}</interface>{part}</config>"
            "</interface>")


def instance(name, kind, *members, inside="", vlans=()):
    """A network instance with its members `(interface[, subinterface])` and the VLANs it carries."""
    ins = "".join(member(*each) for each in members)
    wide = "".join(f"<vlan><vlan-id>{v}</vlan-id><config><vlan-id>{v}</vlan-id></config></vlan>" for v in vlans)
    return (f"<network-instance><name>{name}</name><config><name>{name}</name>"
            f'<type xmlns:nit="http://openconfig.net/yang/network-instance-types">nit:{kind}</type></config>{inside}'
            + (f"<interfaces>{ins}</interfaces>" if ins else "") + (f"<vlans>{wide}</vlans>" if wide else "")
            + "</network-instance>")


def static_routes(*routes):
    """`(prefix, next hop)` as the static protocol of a network instance."""
    lines = "".join(f"<static><prefix>{prefix}</prefix><config><prefix>{prefix}</prefix></config><next-hops><next-hop>"
                    f"<index>1</index><config><index>1</index><next-hop>{hop}</next-hop></config></next-hop></next-hops>"
                    "</static>" for prefix, hop in routes)
    types = 'xmlns:pt="http://openconfig.net/yang/policy-types"'
    return (f"<protocols><protocol><identifier {types}>pt:STATIC</identifier><name>static</name><config>"
            f"<identifier {types}>pt:STATIC</identifier><name>static</name></config>"
            f"<static-routes>{lines}</static-routes></protocol></protocols>")


def switched(mode, access=None, native=None, trunk=()):
    inside = f"<interface-mode>{mode}</interface-mode>"
    inside += "" if access is None else f"<access-vlan>{access}</access-vlan>"
    inside += "" if native is None else f"<native-vlan>{native}</native-vlan>"
    inside += "".join(f"<trunk-vlans>{vlan}</trunk-vlans>" for vlan in trunk)
    return (f'<ethernet xmlns="{NAMESPACES["eth"]}"><switched-vlan xmlns="{NAMESPACES["vlan"]}">'
            f"<config>{inside}</config></switched-vlan></ethernet>")


def drops(box):
    state = box.restconf("/lagopus-dataplane:dataplane/state")["lagopus-dataplane:state"]
    return {drop["reason"]: int(drop["packets"]) for drop in state.get("drop", [])}


def mac_of(host):
    return host.run("cat", "/sys/class/net/eth0/address").stdout.strip()


def box_mac(box, number):
    """The box's MAC on a port, as an interface's state tells."""
    path = f"/openconfig-interfaces:interfaces/interface=p{number}/openconfig-if-ethernet:ethernet/state"
    state = box.restconf(path)
    return next(iter(state.values()))["mac-address"].lower()


# --- routing -----------------------------------------------------------------------------------------


@pytest.mark.requirement("R2 R15 R32 R40 R43 R44 R49")
def test_ipv4_and_ipv6_are_routed_between_connected_networks(box):
    commit(box, routed(box, "a", "b"))
    a = box.host("a")
    for target in (NETS["b"][1], NETS["b"][3]):
        a.wait_for_ping(target)
        assert a.ping(target, count=20, interval=0.02) == 20
        assert a.ping(target, count=3, size=1400) == 3


@pytest.mark.requirement("R43 R44")
def test_the_box_answers_pings_of_its_own_addresses(box):
    commit(box, routed(box, "a", "b"))
    for target in ("192.0.2.1", "192.0.2.65", "2001:db8:a::1", "2001:db8:b::1"):
        box.host("a").wait_for_ping(target)
        assert box.host("a").ping(target) == 3


@pytest.mark.requirement("R40 R43")
def test_static_routes_lead_to_networks_behind_a_gateway(box):
    for behind in ("198.51.100.1/32", "2001:db8:100::1/128"):
        box.host("b").run("ip", "address", "add", behind, "dev", "lo")
    ports = routed(box, "a", "b")
    commit(box, ports, network_instances(instance("default", "DEFAULT_INSTANCE", inside=static_routes(
        ("198.51.100.0/24", NETS["b"][1]), ("2001:db8:100::/48", NETS["b"][3])))))
    a = box.host("a")
    try:
        for target in ("198.51.100.1", "2001:db8:100::1"):
            a.wait_for_ping(target)
            assert a.ping(target) == 3
        assert a.ping("198.51.101.1", count=1, timeout=1) == 0
    finally:
        for behind in ("198.51.100.1/32", "2001:db8:100::1/128"):
            box.host("b").run("ip", "address", "del", behind, "dev", "lo")


@pytest.mark.requirement("R40 R43")
def test_vrfs_keep_equal_addresses_apart(box):
    for name in ("a", "b"):
        box.host(name).address("192.0.2.2/26")
    ports = interfaces(port(box, "a", 1, subinterfaces(subinterface("192.0.2.1/26"))),
                       port(box, "b", 2, subinterfaces(subinterface("192.0.2.1/26"))))
    commit(box, ports, network_instances(instance("red", "L3VRF", ("p1", 0)), instance("blue", "L3VRF", ("p2", 0))))
    for name in ("a", "b"):
        box.host(name).wait_for_ping("192.0.2.1")
        assert box.host(name).ping("192.0.2.1") == 3
    seen = Wire(box.host("b"), seconds=1.5)
    box.host("a").ping("192.0.2.1", count=3)
    assert not [f for f in seen.frames() if ICMP in f], "a packet of one VRF came out of the other"


@pytest.mark.requirement("R38 R49 R52")
def test_expired_ttl_and_hop_limit_are_told_to_the_sender_and_counted(box):
    commit(box, routed(box, "a", "b"))
    a = box.host("a")
    a.wait_for_ping(NETS["b"][1])
    a.wait_for_ping(NETS["b"][3])
    before = drops(box)
    to = Ether(src=mac_of(a), dst=box_mac(box, 1))
    wire = Wire(a, 1.5, [
        to / IP(src=NETS["a"][1], dst=NETS["b"][1], ttl=1) / UDP(sport=4000, dport=33434) / b"expired",
        to / IPv6(src=NETS["a"][3], dst=NETS["b"][3], hlim=1) / UDP(sport=4000, dport=33434) / b"expired"])
    frames = wire.frames()
    four = [f for f in frames if ICMP in f and f[ICMP].type == 11]
    six = [f for f in frames if ICMPv6TimeExceeded in f]
    assert len(four) == 1 and four[0][IP].src == "192.0.2.1" and four[0][IPerror].dst == NETS["b"][1]
    assert len(six) == 1 and six[0][IPv6].src == "2001:db8:a::1"
    eventually(lambda: sum(drops(box).values()) >= sum(before.values()) + 2, what="two more drops with a reason")


@pytest.mark.requirement("R38 R43")
def test_without_a_route_the_sender_hears_unreachable(box):
    commit(box, routed(box, "a", "b"))
    a = box.host("a")
    a.wait_for_ping(NETS["b"][1])
    to = Ether(src=mac_of(a), dst=box_mac(box, 1))
    frames = Wire(a, 1.5, [to / IP(src=NETS["a"][1], dst="203.0.113.7") / ICMP() / b"nowhere",
                           to / IPv6(src=NETS["a"][3], dst="2001:db8:dead::1") / ICMPv6EchoRequest()]).frames()
    four = [f for f in frames if ICMP in f and f[ICMP].type == 3]
    six = [f for f in frames if ICMPv6DestUnreach in f]
    assert len(four) == 1 and four[0][ICMP].code == 0
    assert len(six) == 1 and six[0][ICMPv6DestUnreach].code == 0


@pytest.mark.requirement("R44")
def test_a_neighbour_that_does_not_answer_is_unreachable(box):
    commit(box, routed(box, "a", "b"))
    a = box.host("a")
    a.wait_for_ping(NETS["b"][1])
    asked = Wire(box.host("b"), 5)
    done = a.run("ping", "-n", "-c", 1, "-W", 5, "192.0.2.99", check=False, timeout=20)
    arps = [f for f in asked.frames() if ARP in f and f[ARP].pdst == "192.0.2.99"]
    assert 2 <= len(arps) <= 4, "asked again a few times, then given up"
    assert "Unreachable" in done.stdout


@pytest.mark.requirement("R44")
def test_a_neighbour_that_moves_to_another_mac_is_found_again(box):
    commit(box, routed(box, "a", "b"))
    a, b = box.host("a"), box.host("b")
    a.wait_for_ping(NETS["b"][1])
    old = mac_of(b)
    b.run("ip", "link", "set", "eth0", "address", "02:00:00:00:00:99")
    try:
        a.wait_for_ping(NETS["b"][1], seconds=60)
    finally:
        b.run("ip", "link", "set", "eth0", "address", old)


@pytest.mark.requirement("R49")
def test_a_broken_header_is_dropped_and_counted(box):
    commit(box, routed(box, "a", "b"))
    a = box.host("a")
    a.wait_for_ping(NETS["b"][1])
    time.sleep(1.5)
    before = drops(box)
    to = Ether(src=mac_of(a), dst=box_mac(box, 1))
    bad = [to / IP(src=NETS["a"][1], dst=NETS["b"][1], chksum=0xdead) / UDP() / b"checksum",
           to / IP(src=NETS["a"][1], dst=NETS["b"][1], ihl=3) / UDP() / b"header length",
           to / IP(src="127.0.0.1", dst=NETS["b"][1]) / UDP() / b"martian",
           to / Raw(b"\x45\x00")]
    other_side = Wire(box.host("b"), 1.5)
    Wire(a, 0.2, bad).frames()
    assert not [f for f in other_side.frames() if UDP in f]
    eventually(lambda: sum(drops(box).values()) - sum(before.values()) >= 4, what="four drops counted")


@pytest.mark.requirement("R44 R49")
def test_a_routed_subinterface_takes_and_sends_its_vlan_tag(box):
    a = box.host("a")
    commit(box, interfaces(port(box, "a", 1, subinterfaces(subinterface("192.0.2.1/26", index=10, vlan=10)))))
    me = mac_of(a)
    request = Ether(src=me, dst="ff:ff:ff:ff:ff:ff") / Dot1Q(vlan=10) / ARP(
        op=1, hwsrc=me, psrc="192.0.2.2", pdst="192.0.2.1")
    frames = Wire(a, 1, [request]).frames()
    answers = [f for f in frames if ARP in f and f[ARP].op == 2]
    assert len(answers) == 1 and answers[0][Dot1Q].vlan == 10
    untagged = Ether(src=me, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=me, psrc="192.0.2.2", pdst="192.0.2.1")
    assert not [f for f in Wire(a, 1, [untagged]).frames() if ARP in f and f[ARP].op == 2]


@pytest.mark.requirement("R20 R60")
def test_mtu_mac_and_admin_state_are_configuration(box):
    commit(box, routed(box, "a", "b"))
    a = box.host("a")
    a.wait_for_ping(NETS["b"][1])
    commit(box, interfaces(interface(
        "p1", f'<ethernet xmlns="{NAMESPACES["eth"]}"><config><mac-address>02:00:00:00:aa:01</mac-address></config>'
              "</ethernet>")))
    a.run("ip", "neigh", "flush", "dev", "eth0")
    a.wait_for_ping(NETS["b"][1])
    assert "02:00:00:00:aa:01" in a.run("ip", "neigh", "show", "192.0.2.1").stdout
    commit(box, interfaces(interface("p2", enabled=False)))
    assert a.ping(NETS["b"][1], count=2, timeout=1) == 0
    state = box.restconf("/openconfig-interfaces:interfaces/interface=p2/state")["openconfig-interfaces:state"]
    assert state["admin-status"] == "DOWN"
    commit(box, interfaces(interface("p2", enabled=True)))
    a.wait_for_ping(NETS["b"][1])


@pytest.mark.requirement("R24 R48 R52 R60 R67")
def test_state_tells_link_number_and_counters(box):
    commit(box, routed(box, "a", "b"))
    a = box.host("a")
    a.wait_for_ping(NETS["b"][1])

    def state(number):
        path = f"/openconfig-interfaces:interfaces/interface=p{number}/state"
        return box.restconf(path)["openconfig-interfaces:state"]

    eventually(lambda: state(1)["oper-status"] == "UP", what="p1 up")
    assert state(1)["ifindex"] == 1 and state(2)["ifindex"] == 2
    time.sleep(1.5)
    before = int(state(1)["counters"]["in-pkts"])
    assert a.ping(NETS["b"][1], count=20, interval=0.02) == 20
    eventually(lambda: int(state(1)["counters"]["in-pkts"]) >= before + 20, what="20 packets counted")
    a.run("ip", "link", "set", "eth0", "down")
    try:
        eventually(lambda: state(1)["oper-status"] == "DOWN", what="p1 down")
    finally:
        a.run("ip", "link", "set", "eth0", "up")
    eventually(lambda: state(1)["oper-status"] == "UP", what="p1 up again")


@pytest.mark.requirement("R29")
def test_the_status_line_of_the_agent_tells_what_it_does(box):
    commit(box, routed(box, "a", "b"))
    eventually(lambda: box.status()["lagopus-dataplane"]["status"].startswith("serving generation"), what="status")


@pytest.mark.requirement("R49 R52")
def test_every_frame_of_a_burst_is_counted_taken_or_not(box):
    commit(box, routed(box, "a", "b"))
    a = box.host("a")
    a.wait_for_ping(NETS["b"][1])

    def counters():
        path = "/openconfig-interfaces:interfaces/interface=p1/state/counters"
        return {k: int(v) for k, v in box.restconf(path)["openconfig-interfaces:counters"].items()}

    time.sleep(1.5)
    before = counters()
    echo = Ether(src=mac_of(a), dst=box_mac(box, 1)) / IP(src=NETS["a"][1], dst="192.0.2.1") / ICMP(seq=1)
    answers = [f for f in Wire(a, 2, [bytes(echo)] * 5000).frames() if ICMP in f and f[ICMP].type == 0]

    def gained(*names):
        now = counters()
        return sum(now[name] - before[name] for name in names)

    # More than the ring of the port holds, so some may be lost; none without a count.
    eventually(lambda: gained("in-pkts", "in-discards") >= 5000, what="5000 frames counted")
    assert gained("in-pkts", "in-discards") <= 5010, "and the few that a host sends by itself"
    assert len(answers) <= gained("out-pkts")


# --- bridging ----------------------------------------------------------------------------------------


def bridged(box, *modes, name="lan", vlans=()):
    """One L2 instance with a port for each host, in the given switched-vlan modes."""
    names = [host.name for host in box.hosts][: len(modes)]
    ports = [port(box, name_, number, mode) for number, (name_, mode) in enumerate(zip(names, modes), 1)]
    return interfaces(*ports), network_instances(
        instance(name, "L2VSI", *((f"p{n}",) for n in range(1, len(modes) + 1)), vlans=vlans))


def test_frame(host, to, vlan=None, text=b"frame"):
    tag = Ether(src=mac_of(host), dst=to) if vlan is None else Ether(src=mac_of(host), dst=to) / Dot1Q(vlan=vlan)
    return tag / IP(src="198.51.100.1", dst="198.51.100.2") / UDP(sport=5, dport=5) / text


test_frame.__test__ = False


@pytest.mark.requirement("R7 R49")
def test_a_bridge_floods_what_it_does_not_know_and_learns(box):
    a, b, c = box.hosts
    commit(box, *bridged(box, switched("ACCESS", access=1), switched("ACCESS", access=1),
                         switched("ACCESS", access=1), vlans=(1,)))
    b.address("192.0.2.2/24")
    a.address("192.0.2.1/24")
    a.wait_for_ping("192.0.2.2")
    at_b, at_c = Wire(b, 1.2), Wire(c, 1.2)
    Wire(a, 0.1, [test_frame(a, mac_of(b), text=b"known"), test_frame(a, "02:00:00:00:00:77", text=b"unknown")]).frames()
    seen_b = [bytes(f[Raw].load) for f in at_b.frames() if Raw in f]
    seen_c = [bytes(f[Raw].load) for f in at_c.frames() if Raw in f]
    assert b"known" in seen_b and b"unknown" in seen_b
    assert b"unknown" in seen_c and b"known" not in seen_c, "a learned address is not flooded"


@pytest.mark.requirement("R49")
def test_vlans_are_kept_apart_and_a_trunk_carries_tags(box):
    a, b, c = box.hosts
    commit(box, *bridged(box, switched("ACCESS", access=10), switched("ACCESS", access=20),
                         switched("TRUNK", native=1, trunk=(10, 20)), vlans=(1, 10, 20)))
    at_b, at_c = Wire(b, 1.2), Wire(c, 1.2)
    Wire(a, 0.1, [test_frame(a, "ff:ff:ff:ff:ff:ff", text=b"vlan ten")]).frames()
    assert not [f for f in at_b.frames() if Raw in f and b"vlan ten" in bytes(f[Raw].load)]
    tagged = [f for f in at_c.frames() if Raw in f and b"vlan ten" in bytes(f[Raw].load)]
    assert len(tagged) == 1 and tagged[0][Dot1Q].vlan == 10
    at_a, at_b = Wire(a, 1.2), Wire(b, 1.2)
    Wire(c, 0.1, [test_frame(c, "ff:ff:ff:ff:ff:ff", vlan=20, text=b"to twenty"),
                  test_frame(c, "ff:ff:ff:ff:ff:ff", vlan=30, text=b"to nobody")]).frames()
    seen_a = [f for f in at_a.frames() if Raw in f]
    seen_b = [f for f in at_b.frames() if Raw in f]
    assert not [f for f in seen_a if b"to " in bytes(f[Raw].load)]
    ours = [f for f in seen_b if b"to " in bytes(f[Raw].load)]
    assert len(ours) == 1 and Dot1Q not in ours[0] and bytes(ours[0][Raw].load) == b"to twenty"


@pytest.mark.requirement("R7 R51")
def test_a_port_moves_from_router_to_bridge_by_commit(box):
    commit(box, routed(box, "a", "b"))
    a = box.host("a")
    a.wait_for_ping(NETS["b"][1])
    remove = ('<interfaces xmlns="%s" xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="remove"/>'
              % NAMESPACES["if"])
    commit(box, remove)
    commit(box, *bridged(box, switched("ACCESS", access=1), switched("ACCESS", access=1), vlans=(1,)))
    for number, name in enumerate(("a", "b"), 1):
        box.host(name).address(f"198.51.100.{number}/24")
    a.wait_for_ping("198.51.100.2")
    assert a.ping("198.51.100.2") == 3
