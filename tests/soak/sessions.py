#!/usr/bin/python3
"""Many NETCONF sessions at once, for long: they read, edit running each in its own entries, validate, ask
for state, and come and go. Nothing may fail, all sessions have to be gone at the end, and the memory of
the server may not grow.

    make soak                                     100 sessions for an hour and a half
    make soak ARGS='--sessions 20 --seconds 300'

The load is bounded (--rate operations a second in all), so that a slow machine shows the same. Memory under
load swings with the garbage collector by more than a leak of hours, so it is compared where it can be: in
each twentieth of the time (a minute at least) all sessions rest, open and silent, until the server has
collected what it does not need, and the resident memory that is left then is taken. Two collections after
each other leave the heap in different states, so it is averaged over two rests. What is told is its slope
with the standard error of it, over the second half of the time, for the first half fills caches and
compiles; more than 1 MiB an hour beyond twice that error is a failure.
"""

import argparse
import pathlib
import random
import re
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent / "packaging/demo")]

from bench.netconf_client import Session, entries, memory  # noqa: E402

BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
ENTRIES = 20
RESTS = 20
# The server looks every two seconds whether it is idle, gives native memory back every five, and needs a
# moment for either.
REST = 12


def keyed(session, base, number):
    session.rpc('<get-config><source><running/></source><filter><routes xmlns="urn:bench:list"><route>'
                f"<id>{base + number % ENTRIES}</id></route></routes></filter></get-config>")


def edit(session, base, number):
    session.rpc('<edit-config><target><running/></target><config><routes xmlns="urn:bench:list">'
                f"{entries([base + number % ENTRIES], number)}</routes></config></edit-config>")


def remove(session, base, number):
    session.rpc('<edit-config><target><running/></target><config><routes xmlns="urn:bench:list">'
                f'<route xmlns:nc="{BASE}" nc:operation="remove"><id>{base + number % ENTRIES}</id></route></routes>'
                "</config></edit-config>")


def validate(session, base, number):
    session.rpc("<validate><source><running/></source></validate>")


def state(session, base, number):
    session.rpc('<get><filter><netconf-state xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"><statistics/>'
                "</netconf-state></filter></get>")


MIX = [(keyed, 50), (edit, 25), (remove, 5), (validate, 8), (state, 8), (None, 4)]


class Soak:
    def __init__(self, daemon, sessions, seconds, rate, seed):
        self.daemon = daemon
        self.pause = sessions / rate
        self.until = time.monotonic() + seconds
        self.errors = []
        self.done = 0
        self.count = threading.Lock()
        self.going = threading.Event()
        self.going.set()
        self.threads = [threading.Thread(target=self.client, args=(number, random.Random(seed + number)), daemon=True)
                        for number in range(sessions)]

    def connect(self):
        return Session("127.0.0.1", self.daemon.netconf_port, self.daemon.user, self.daemon.password, timeout=60)

    def client(self, number, chance):
        what = "connect"
        try:
            time.sleep(chance.random() * self.pause)
            session = self.connect()
            step = 0
            while time.monotonic() < self.until:
                self.going.wait()
                operation = chance.choices([one for one, _ in MIX], [weight for _, weight in MIX])[0]
                if operation is None:
                    what = "reconnect"
                    session.close()
                    session = self.connect()
                else:
                    what = operation.__name__
                    operation(session, number * ENTRIES, step)
                step += 1
                with self.count:
                    self.done += 1
                time.sleep(chance.random() * 2 * self.pause)
            what = "close"
            session.close()
        except Exception as e:
            self.errors.append(f"session {number}, {what}: {type(e).__name__} {e}")

    def run(self):
        """The resident memory at each rest: [(s, MiB)]."""
        for thread in self.threads:
            thread.start()
        taken = []
        part = max((self.until - time.monotonic()) / RESTS, 5 * REST)
        while not self.errors and time.monotonic() + part < self.until:
            time.sleep(part - REST)
            self.going.clear()
            time.sleep(REST)
            taken.append((time.monotonic(), memory(self.daemon)))
            self.going.set()
        while not self.errors and time.monotonic() < self.until:
            time.sleep(0.1)
        if self.errors:
            self.until = 0
        for thread in self.threads:
            thread.join(90)
        self.errors += [f"{thread.name} does not end" for thread in self.threads if thread.is_alive()]
        return taken


def pairs(points):
    """The averages of neighbours."""
    return [tuple((a + b) / 2 for a, b in zip(one, other)) for one, other in zip(points, points[1:])]


def slope(points):
    """Of the line with the least squares, and its standard error."""
    if len(points) < 3:
        return 0.0, float("inf")
    x, y = (sum(values) / len(points) for values in zip(*points))
    spread = sum((a - x) ** 2 for a, _ in points)
    steep = sum((a - x) * (b - y) for a, b in points) / spread
    rest = sum((b - y - steep * (a - x)) ** 2 for a, b in points)
    return steep, (rest / (len(points) - 2) / spread) ** 0.5


def allow(daemon, sessions):
    """The limit of sessions, raised for all of them and who looks on."""
    session = Session("127.0.0.1", daemon.netconf_port, daemon.user, daemon.password)
    session.rpc("<edit-config><target><running/></target><config>"
                '<northbound xmlns="urn:lagopus:yang:lagopus-northbound"><netconf><config>'
                f"<maximum-sessions>{sessions}</maximum-sessions></config></netconf></northbound></config></edit-config>")
    session.close()


def left(daemon):
    """Sessions that the server still has, but for the one that asks."""
    session = Session("127.0.0.1", daemon.netconf_port, daemon.user, daemon.password)
    try:
        reply, _ = session.rpc('<get><filter><netconf-state xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring">'
                               "<sessions/></netconf-state></filter></get>")
        return len(re.findall(rb"<session-id>", reply)) - 1  # its own is among them
    finally:
        session.close()


def soak(daemon, sessions=100, seconds=60, rate=60, seed=None):
    """(operations done, MiB at each rest, errors); fails when a session stays."""
    from conftest import eventually

    seed = random.randrange(1 << 32) if seed is None else seed
    allow(daemon, sessions + 10)
    run = Soak(daemon, sessions, seconds, rate, seed)
    begun = time.monotonic()
    taken = run.run()
    print(f"{sessions} sessions, {run.done} operations in {time.monotonic() - begun:.0f} s, seed {seed}: "
          f"{len(run.errors)} errors, MiB at rest {' '.join(f'{value:.1f}' for _, value in taken)}", flush=True)
    if not run.errors:
        eventually(lambda: left(daemon) == 0, 30, 1, "all sessions are gone")
    return run.done, taken, run.errors


def main():
    from conftest import Lagopusd

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=5400)
    parser.add_argument("--rate", type=float, default=60)
    parser.add_argument("--seed", type=int)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lagopus-soak-") as directory:
        daemon = Lagopusd(pathlib.Path(directory) / "state", "--yang", HERE.parent / "bench/yang")
        try:
            _, taken, errors = soak(daemon, arguments.sessions, arguments.seconds, arguments.rate, arguments.seed)
        finally:
            daemon.stop()
    for error in errors[:20]:
        print(error, file=sys.stderr)
    grown, doubt = (value * 3600 for value in slope(pairs(taken[len(taken) // 2:])))
    print(f"memory in the second half: {grown:+.1f} MiB an hour, standard error {doubt:.1f}")
    if arguments.seconds >= 5400 and grown - 2 * doubt > 1:
        errors.append("the memory grows")
        print(f"the memory grows by {grown:.1f} MiB an hour", file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
