#!/usr/bin/python3
"""Measures the box. Each line is `PART MEASURE VALUE UNIT RATIO`: the ratio is to the part's
reference, measured in the same run, and is what can be compared between machines; `-` is for the
reference itself and where there is none.

    make bench               all parts
    make bench ARGS=NAME     one part: netconf, writers, restconf, commit, ring, routes, worker, storm

Exits 1 when a part fails, or a bound is broken: committing one entry into a list of 100 000 costs at
most twice what it costs in one of 1 000; 16 sessions with candidates of their own make at least 1.3
times the commits of one. What is wanted of figures in seconds and MiB is compared and told, but depends
on the machine.
"""

import argparse
import pathlib
import sys
import tempfile
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent.parent / "packaging/demo")]


class Broken(Exception):
    """A bound that was to be held."""


def line(part, measure, value, unit, ratio=None):
    print(f"{part} {measure} {value:.4g} {unit} {'-' if ratio is None else format(ratio, '.2f')}", flush=True)


def controller(directory):
    from conftest import Lagopusd

    return Lagopusd(pathlib.Path(directory) / "state", "--yang", HERE / "yang")


def netconf():
    """Commits, loads and reads by NETCONF with 100 000 entries, memory and start; log fsynced."""
    import netconf_bench

    missed, broken = netconf_bench.run(line)
    for figure in missed:
        print(f"netconf missed {figure}", file=sys.stderr)
    if broken:
        raise Broken(broken)


def writers():
    """One entry by NETCONF, edit-config and commit, from 16 sessions with candidates of their own at the same time;
    the reference is one such session."""
    from netconf_client import private_commits

    with tempfile.TemporaryDirectory() as directory:
        daemon = controller(directory)
        try:
            where = ("127.0.0.1", daemon.netconf_port, daemon.user, daemon.password)
            private_commits(where, 2, 5)  # the JVM compiles what it sees often
            one = private_commits(where, 1, 5)
            many = private_commits(where, 16, 5)
        finally:
            daemon.stop()
    line("writers", "commits-per-second-of-1", one, "1/s")
    line("writers", "commits-per-second-of-16", many, "1/s", many / one)
    if many < 1.3 * one:
        raise Broken(f"16 sessions commit {many / one:.2f} times as often as one")


def restconf():
    """One entry by RESTCONF over one connection; the reference is the server's constant health answer."""
    from restconf_client import Client, measure

    with tempfile.TemporaryDirectory() as directory:
        daemon = controller(directory)
        try:
            client = Client(daemon.url, daemon.user, daemon.password)
            measure(client, [1000], count=1500)  # the JVM compiles what it sees often
            found = measure(client, [0, 100_000])
        finally:
            daemon.stop()
    bare = found.pop("bare")["gets-per-second"]
    line("restconf", "bare-gets-per-second", bare, "1/s")
    for size, one in found.items():
        for what in ("gets-per-second", "puts-per-second"):
            line("restconf", f"{what}-at-{size}", one[what], "1/s", one[what] / bare)
        for what in ("put-all", "get-all"):
            if what in one:
                line("restconf", f"{what}-{size}", one[what], "s")


def commit():
    """One entry a commit through controller, agent and worker, with 100 000 routes and traffic; the reference is
    a record that is synced."""
    import commit_bench

    for figure in commit_bench.run(line):
        print(f"commit missed {figure}", file=sys.stderr)


def ring():
    """Messages and round trips between processes; the reference is the same ring from C to C."""
    import ring_bench

    ring_bench.run(line)


def routes():
    """Volatile routes over a daemon's ring, and how long forwarding is away when the worker is killed."""
    import routes_bench

    for figure in routes_bench.run(line):
        print(f"routes missed {figure}", file=sys.stderr)


def worker():
    """Packets from a looping capture file to nowhere; the reference is dpdk-testpmd on the same file."""
    import worker_bench

    worker_bench.run(line)


def storm():
    """Packets per second in storms of control messages; the reference is the same without them."""
    import storm_bench

    for figure in storm_bench.run(line):
        print(f"storm missed {figure}", file=sys.stderr)


PARTS = {"netconf": netconf, "writers": writers, "restconf": restconf, "commit": commit, "ring": ring, "routes": routes,
         "worker": worker, "storm": storm}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="*", choices=list(PARTS), metavar="PART", help="all when none is named")
    failed = []
    for name in parser.parse_args().part or PARTS:
        try:
            PARTS[name]()
        except Broken as bound:
            failed.append(f"{name}: {bound}")
        except Exception:
            traceback.print_exc()
            failed.append(f"{name}: did not finish")
    for reason in failed:
        print(f"FAILED {reason}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
