#!/usr/bin/python3
"""Starts a Lagopus box with a host on either side, configures it, and shows that it forwards.

    make run                 stays up until Ctrl-C
    make run ARGS=--once     the same, then stops; exit 0 only if everything shown was right
"""

import argparse
import os
import pathlib
import signal
import sys
import time

from box import BoxError, Box, config, dataplane, die, interface, interfaces, subinterface, subinterfaces

HOSTS = {
    "a": {"port": "p1", "box": ["192.0.2.1/25", "2001:db8:a::1/64"], "host": ["192.0.2.2/25", "2001:db8:a::2/64"]},
    "b": {"port": "p2", "box": ["192.0.2.129/25", "2001:db8:b::1/64"], "host": ["192.0.2.130/25", "2001:db8:b::2/64"]},
}


def plain(prefix):
    return prefix.split("/")[0]


def forwarding_configuration(box):
    """Two routed ports, an IPv4 and an IPv6 address on each."""
    return config(interfaces(*(
        interface(this["port"], dataplane("af-packet", device=box.host(name).wire, port_number=number),
                  subinterfaces(subinterface(*this["box"])))
        for number, (name, this) in enumerate(HOSTS.items(), 1))))


def set_up_hosts(box):
    for name, this in HOSTS.items():
        host = box.host(name)
        host.address(*this["host"])
        host.default_via(*map(plain, this["box"]))


class Show:
    """Prints what is done and whether it came out right."""

    def __init__(self):
        self.right = True

    def step(self, text):
        print(f"\n== {text}", flush=True)

    def check(self, text, right):
        self.right &= bool(right)
        print(f"   {'ok   ' if right else 'WRONG'} {text}", flush=True)


def demonstrate(box, show):
    show.step("NETCONF: two ports become routed interfaces (candidate, then commit)")
    with box.netconf() as netconf:
        netconf.edit_config(target="candidate", config=forwarding_configuration(box))
        netconf.validate("candidate")
        netconf.commit()
        show.check(f"session {netconf.session_id} committed {', '.join(this['port'] for this in HOSTS.values())}", True)
        refusal = refused(netconf, config(interfaces(
            interface("p3", dataplane("af-packet", device=box.host("a").wire)))))
        show.check(f"a second interface on p1's device is refused: {refusal}", refusal)

    show.step("Packets: host a pings host b through the box")
    a, b = box.host("a"), box.host("b")
    a.wait_for_ping(plain(HOSTS["b"]["host"][0]))
    for family, target in zip(("IPv4", "IPv6"), HOSTS["b"]["host"]):
        a.wait_for_ping(plain(target))
        received = a.ping(plain(target), count=10, interval=0.05)
        show.check(f"{family}: {received} of 10 answers from {plain(target)}", received == 10)
    show.check("the box answers on its own address", b.ping(plain(HOSTS["b"]["box"][0])) == 3)

    show.step("RESTCONF: the counters of both ports (curl)")
    time.sleep(2.5)  # two rounds of the statistics clock
    for this in HOSTS.values():
        path = f"/openconfig-interfaces:interfaces/interface={this['port']}/state"
        state = box.restconf(path)["openconfig-interfaces:state"]
        counters = state.get("counters", {})
        print(f"   curl -k -u admin:… https://127.0.0.1:{box.restconf_port}/restconf/data{path}")
        show.check(f"{this['port']}: {state.get('oper-status')}, in {counters.get('in-pkts')} packets,"
                   f" out {counters.get('out-pkts')}",
                   state.get("oper-status") == "UP" and int(counters.get("in-pkts", 0)) >= 20)


def refused(netconf, change):
    """The server's reason for refusing a change, which is then discarded; empty when it was not refused."""
    from ncclient.operations import RPCError

    try:
        netconf.edit_config(target="candidate", config=change)
        netconf.commit()
    except RPCError as error:
        netconf.discard_changes()
        return f"{error.message} ({(error.path or '').strip()})"
    return ""


def how_to_talk(box):
    print(f"""
The box is up. Try, from another terminal:

  NETCONF   ssh -p {box.netconf_port} -o UserKnownHostsFile=/dev/null admin@127.0.0.1 -s netconf
            /usr/bin/python3 -c 'from ncclient import manager; m = manager.connect(host="127.0.0.1", port={box.netconf_port}, username="admin", password="{box.password}", hostkey_verify=False, look_for_keys=False, allow_agent=False); print(m.get_config("running"))'
  RESTCONF  curl -k -u admin:{box.password} https://127.0.0.1:{box.restconf_port}/restconf/data
  hosts     ip netns exec {box.host('a').namespace} ping {plain(HOSTS['b']['host'][0])}
            ip netns exec {box.host('b').namespace} bash
  logs      {box.log}

  password of admin: {box.password}

Ctrl-C stops it and removes what was made.""", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--once", action="store_true", help="stop after the demonstration")
    arguments = parser.parse_args()
    if os.geteuid():
        print("root is needed to make network namespaces and packet sockets: asking sudo", flush=True)
        try:
            os.execvp("sudo", ["sudo", "/usr/bin/python3", str(pathlib.Path(__file__).resolve()), *sys.argv[1:]])
        except FileNotFoundError:
            die("there is no sudo here: run it as root")
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that runs us in the background has it ignored
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is removed
    show = Show()
    try:
        with Box(netconf_port=8830, restconf_port=8443) as box:
            show.step("Starting controller, agent and worker")
            if box.hugepages.lost:
                print(f"   without hugepages: {box.hugepages.lost}; forwarding is slower by about a third and"
                      " packet memory is fixed at start", flush=True)
            set_up_hosts(box)
            box.wait_ready()
            show.check("every process is ready", True)
            demonstrate(box, show)
            if not arguments.once:
                how_to_talk(box)
                box.launcher.wait()
                die(f"the box stopped by itself\n{box.tail()}")
    except BoxError as error:
        die(f"\nFAILED: {error}")
    except KeyboardInterrupt:
        print("\nstopped", flush=True)
    if not show.right:
        die("\nNot everything came out right.")


if __name__ == "__main__":
    main()
