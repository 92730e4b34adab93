"""Volatile routes of a daemon in Java, reading them, and how long forwarding is away when the worker is killed.

Updates are told in one batch over the daemon's ring, each by another gateway than the time before, and counted
when all are forwarding; the reference is the same client's requests to a worker that only answers (of `ring`).
The forwarding table is read by RESTCONF as a whole; the memory of the controller is what it takes at most while
it does, beyond what it had after reading it once before.

A restart counts from the kill to the first packet that is forwarded; the reference is one with three interfaces
and nothing else.
"""

import pathlib
import re
import statistics
import subprocess
import time

import ring_bench
from smoke.test_forwarding import NETS, commit, routed
from smoke.test_routes import Daemon

from box import Box, interface, interfaces, subinterface, subinterfaces

UPDATES = 100_000
ROUTES = 1_000_000
RETOLD = 500_000
LAST = "100.71.161.31"  # of so many host routes from 100.64.0.0 on
INTERFACES = 1000
RESTARTS = 3
SETTLED = 10  # s: the supervisor starts again at once what has run for a while
WITHIN = {"interfaces": 2, "routes": 5}  # s


def away(box, address):
    """Seconds without forwarding after a kill of the worker, the median of some."""
    found = []
    for _ in range(RESTARTS):
        box.host("a").wait_for_ping(address, 30)
        time.sleep(SETTLED)
        box.kill("lagopus-worker")
        begun = time.perf_counter()
        ping = box.host("a").popen("ping", "-n", "-i", "0.02", "-c", "3000", address, stdout=subprocess.PIPE)
        try:
            next(said for said in ping.stdout if "bytes from" in said)
            found.append(time.perf_counter() - begun)
        finally:
            ping.kill()
            ping.wait()
    return statistics.median(found)


def read(box):
    """(rows a second, MiB that the controller grew by) of reading all that packets follow."""
    base = f"https://127.0.0.1:{box.restconf_port}/restconf/data/lagopus-routes:routes/forwarding"
    command = ["curl", "-sS", "-k", "--fail-with-body", "-u", f"admin:{box.password}", base]
    pid, found = box.pid("lagopusd"), []
    for _ in range(2):
        before = most = resident(pid)
        begun = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE) as curl:
            rows = 0
            while part := curl.stdout.read(1 << 20):
                rows += part.count(b'"prefix"')  # one that is cut in two is not counted
                most = max(most, resident(pid))
        assert curl.returncode == 0 and rows > 0.999 * ROUTES, f"{rows} rows, curl {curl.returncode}"
        found.append((rows / (time.perf_counter() - begun), most - before))
    return found[-1]


def resident(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024


def updates(daemon):
    """A second: the best of some rounds, the first of which warms up."""
    rates = []
    for number in range(6):
        begun = time.perf_counter()
        said = daemon.say("many", "default", NETS["bc"[number % 2]][1], UPDATES)
        rates.append(UPDATES / (time.perf_counter() - begun))
        assert said == "ok", said
    return max(rates)


def run(line):
    """Names of the figures that were missed."""
    with ring_bench.echo() as socket:
        requests = ring_bench.java("client", socket, 100_000, 20_000)["batched-requests-per-second"]
    line("routes", "requests-per-second-of-an-echo", requests, "1/s")
    missed = []
    with Box(hosts=("a", "b", "c")) as box:
        box.wait_ready()
        commit(box, routed(box, "a", "b", "c"))
        daemon = Daemon(box, "bgpd")
        try:
            daemon.until("ok", "replace", "default", "203.0.113.0/24", NETS["b"][1])
            rate = updates(daemon)
            line("routes", "updates-per-second", rate, "1/s", rate / requests)
            assert daemon.say("flush") == "ok"
            bare = away(box, NETS["b"][1])
            line("routes", "away-with-3-interfaces", bare, "s")

            assert daemon.say("many", "default", NETS["b"][1], ROUTES) == "ok"
            rows, grown = read(box)
            line("routes", "rows-read-per-second-of-1000000", rows, "1/s")
            line("routes", "controller-grows-by-reading", grown, "MiB")
            assert daemon.say("flush") == "ok"

            box.host("b").run("ip", "address", "add", f"{LAST}/32", "dev", "lo")
            assert daemon.say("many", "default", NETS["b"][1], RETOLD) == "ok"
            found = {"routes": away(box, LAST)}
            line("routes", f"away-with-{RETOLD}-routes", found["routes"], "s", found["routes"] / bare)
            assert daemon.say("flush") == "ok"

            more = (subinterface(f"10.{i // 256}.{i % 256}.1/24", index=i, vlan=i) for i in range(1, INTERFACES + 1))
            commit(box, interfaces(interface("p3", subinterfaces(*more))))
            found["interfaces"] = away(box, NETS["b"][1])
            line("routes", f"away-with-{INTERFACES}-interfaces", found["interfaces"], "s", found["interfaces"] / bare)
        finally:
            daemon.kill()
    for what, seconds in found.items():
        if seconds > WITHIN[what]:
            missed.append(f"away-with-{what} {seconds:.1f} s, wanted {WITHIN[what]}")
    return missed
