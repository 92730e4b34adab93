#!/usr/bin/python3
"""kill -9 of each process of the box in turn, or a SIGSTOP that its watchdog has to notice, under traffic
and under commits. Each time the other processes stay the same, traffic loses nothing unless it is the
worker that is gone, the killed process comes back, and configuration and worker hold what was
acknowledged and nothing else.

    kill_components.py [--kills 50] [--seed N]        so many of each process, and a tenth of that hangs
"""

import argparse
import logging
import pathlib
import random
import re
import secrets
import signal
import statistics
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent / "packaging/demo")]

import paramiko  # noqa: E402
from bench.netconf_client import RpcError, Session  # noqa: E402
from conftest import eventually  # noqa: E402
from smoke.test_faults import Pings, commit_when_attached  # noqa: E402
from smoke.test_forwarding import NETS, instance, routed, static_routes  # noqa: E402

from box import NAMESPACES, ROOT, Box, network_instances, run  # noqa: E402

logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # connections that end are what this is about

UNITS = ("lagopusd", "lagopus-dataplane", "lagopus-worker")
ROUTES = 100
GATEWAY = NETS["b"][1]
BACK_SECONDS = 60
"""A stopped process is known by its watchdog after 10 s."""


def prefix(number):
    return f"198.18.{number}.0/24"


class Lost(Exception):
    """Something that was acknowledged is not there, or something that was refused is."""


class Writer(threading.Thread):
    """Adds and takes away static routes, one a commit, until it is stopped; `routes` is what was
    acknowledged."""

    def __init__(self, box, chance, routes):
        super().__init__(daemon=True)
        self.box = box
        self.chance = chance
        self.routes = set(routes)
        self.done = self.refused = 0
        self.over = threading.Event()
        self.failure = None
        self.session = None

    def connect(self):
        until = time.monotonic() + BACK_SECONDS
        while True:
            try:
                return Session("127.0.0.1", self.box.netconf_port, "admin", self.box.password, timeout=30)
            except (OSError, EOFError, paramiko.SSHException):
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def run(self):
        try:
            self.session = self.connect()
            while not self.over.is_set():
                self.change(self.chance.randrange(ROUTES))
            self.session.close()
        except Exception as e:  # whoever stops it is told
            self.failure = e

    def change(self, number):
        there = number in self.routes
        try:
            self.session.rpc(edit(number, there))
        except RpcError:
            self.refused += 1
            time.sleep(0.02)
            return
        except (OSError, EOFError, paramiko.SSHException):
            self.session = self.connect()
            found = configured(self.session)
            if found not in (self.routes, self.routes ^ {number}):
                raise Lost(f"acknowledged was {sorted(self.routes)}, {number} was on its way, "
                           f"there is {sorted(found)}") from None
            self.routes = found
            return
        self.routes ^= {number}
        self.done += 1

    def stop(self):
        self.over.set()
        self.join(2 * BACK_SECONDS)
        if self.is_alive():
            raise Lost("a commit comes to no end")
        if self.failure:
            raise self.failure
        return self.routes


def edit(number, remove):
    mark = ' xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="remove"'
    inside = static_routes((prefix(number), GATEWAY))
    if remove:
        inside = re.sub(r"<static>(<prefix>[^<]*</prefix>).*?</static>", rf"<static{mark}>\1</static>", inside)
    return ("<edit-config><target><running/></target><config>"
            + network_instances(instance("default", "DEFAULT_INSTANCE", inside=inside)) + "</config></edit-config>")


def configured(session):
    reply, _ = session.rpc(f'<get-config><source><running/></source><filter><network-instances xmlns="{NAMESPACES["ni"]}"/>'
                           "</filter></get-config>")
    return {int(number) for number in re.findall(rb"<static><prefix>198\.18\.(\d+)\.0/24</prefix>", reply)}


def held(box, table):
    return run(ROOT / "build/bin/lagopus-dataplane", "dump", table, "--run", box.run_directory,
               check=False).stdout.splitlines()


def forwarded(box):
    """The numbers of the routes that the worker has."""
    found = (re.search(r"198\.18\.(\d+)\.0/24 source static", line) for line in held(box, "routes"))
    return {int(match[1]) for match in found if match}


class Rounds:
    def __init__(self, box, seed, progress=print):
        self.box = box
        self.chance = random.Random(seed)
        self.progress = progress
        self.routes = set()
        self.commits = 0
        self.took = {unit: [] for unit in UNITS}

    def begin(self):
        commit_when_attached(self.box, routed(self.box, "a", "b"))
        self.box.host("a").wait_for_ping(GATEWAY)
        self.ports = held(self.box, "ports")

    def round(self, unit, how=signal.SIGKILL):
        box = self.box
        before = box.status()
        writer = Writer(box, self.chance, self.routes)
        with Pings(box.host("a"), GATEWAY) as pings:
            writer.start()
            eventually(lambda: writer.done or writer.failure, BACK_SECONDS, what="the first commit")
            time.sleep(self.chance.uniform(0, 0.5))
            begun = time.monotonic()
            box.kill(unit, how)
            eventually(lambda: box.status().get(unit, {}).get("pid") not in (None, 0, before[unit]["pid"]),
                       BACK_SECONDS, 0.05, f"{unit} is started again")
            box.wait_ready(BACK_SECONDS)
            made = writer.done
            eventually(lambda: writer.done > made or writer.failure, BACK_SECONDS, 0.02, "a commit after it")
            if unit == "lagopus-worker":
                box.host("a").wait_for_ping(GATEWAY, BACK_SECONDS)
            if how == signal.SIGKILL:
                self.took[unit].append(time.monotonic() - begun)
        self.routes = writer.stop()
        self.commits += writer.done
        after = box.status()
        for other in UNITS:
            assert other == unit or after[other]["pid"] == before[other]["pid"], f"{other} was started again with {unit}"
        assert pings.sent > 20
        assert unit == "lagopus-worker" or not pings.lost, f"pings {pings.lost} of {pings.sent} are lost with {unit}"
        self.check()

    def check(self):
        session = Session("127.0.0.1", self.box.netconf_port, "admin", self.box.password)
        found = configured(session)
        session.close()
        if found != self.routes:
            raise Lost(f"acknowledged was {sorted(self.routes)}, there is {sorted(found)}")
        eventually(lambda: forwarded(self.box) == self.routes, 10, 0.1, "the worker has the routes")
        eventually(lambda: held(self.box, "ports") == self.ports, 10, 0.1, f"the ports are as before: {self.ports}")
        eventually(self.all_is_well, 10, 0.2, "no component is missed")

    def all_is_well(self):
        state = self.box.restconf("/lagopus-components:components/component=dataplane/state")
        state = next(iter(state.values()))
        return state["connected"] and all(alarm["is-cleared"] for alarm in state.get("alarm", []))

    def told(self):
        return ", ".join(f"{unit} back in {statistics.median(took):.1f} s (at most {max(took):.1f})"
                         for unit, took in self.took.items() if took)


def kill(box, kills, seed, hangs, progress=print):
    """`kills` of each process of a box without configuration, and `hangs` of each."""
    plan = [(unit, signal.SIGKILL) for unit in UNITS] * kills + [(unit, signal.SIGSTOP) for unit in UNITS] * hangs
    rounds = Rounds(box, seed)
    rounds.chance.shuffle(plan)
    rounds.begin()
    for number, (unit, how) in enumerate(plan, 1):
        try:
            rounds.round(unit, how)
        except BaseException:
            progress(f"round {number}: {unit} {how.name}\n{box.tail(80)}")
            raise
        if number % 10 == 0:
            progress(f"{number} of {len(plan)}, {rounds.commits} commits; {rounds.told()}")
    return rounds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 31))
    arguments = parser.parse_args()
    print(f"kill_components: {arguments.kills} kills of each process, seed {arguments.seed}", flush=True)
    with Box(hosts=("a", "b")) as box:
        box.wait_ready()
        rounds = kill(box, arguments.kills, arguments.seed, arguments.kills // 10,
                      progress=lambda line: print(line, flush=True))
    print(f"kill_components: nothing was lost, {rounds.commits} commits; {rounds.told()}")


if __name__ == "__main__":
    main()
