"""What a commit costs on the whole box: controller, agent and worker, with 100 000 static routes and traffic
through it, by NETCONF from one session, one entry a commit.

    0 components    a leaf that nobody has subscribed to
    1 component     a static route: the agent prepares it, and the worker flips
    4 components    the same, with three more that hold all routes as well

The reference is a record that is appended to a file and synced, which is what a commit cannot do without.
"""

import contextlib
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from netconf_bench import synced_record
from netconf_client import Session
from smoke.test_faults import Pings, commit_when_attached
from smoke.test_forwarding import NETS, instance, routed, static_routes

from box import ROOT, Box, BoxError, network_instances

ROUTES = 100_000
AT_ONCE = 10_000
SECONDS = 10
WARM = 500
GATEWAYS = (NETS["b"][1], NETS["a"][1])
LEAST_PER_SECOND = 150
MOST_P99 = 20  # ms


def prefix(number):
    return f"{20 + number // 65536}.{number // 256 % 256}.{number % 256}.0/24"


def routes(*pairs):
    return network_instances(instance("default", "DEFAULT_INSTANCE", inside=static_routes(*pairs)))


def edited(session, content):
    return session.rpc(f"<edit-config><target><running/></target><config>{content}</config></edit-config>")[1]


def unheard(number):
    wanted = "true" if number % 2 else "false"
    return ('<components xmlns="urn:lagopus:yang:lagopus-components"><component><name>nobody</name><config>'
            f"<name>nobody</name><required>{wanted}</required></config></component></components>")


def led_to(gateway):
    """The content of a commit: the next of the routes, by this gateway."""
    return lambda number: routes((prefix(number % ROUTES), gateway))


def load(session):
    """Seconds."""
    begun = time.perf_counter()
    for first in range(0, ROUTES, AT_ONCE):
        edited(session, routes(*((prefix(number), GATEWAYS[0]) for number in range(first, first + AT_ONCE))))
    return time.perf_counter() - begun


def commits(session, content, seconds):
    """Seconds of each commit."""
    for number in range(WARM):
        edited(session, content(number))
    took, until, number = [], time.perf_counter() + seconds, WARM
    while time.perf_counter() < until:
        took.append(edited(session, content(number)))
        number += 1
    return took


@contextlib.contextmanager
def holders(box, count):
    """Components that hold all routes, and take part in each commit of one."""
    started = [subprocess.Popen([sys.executable, ROOT / "tests/components/echo_component.py",
                                 box.run_directory / "components.sock", f"holder{number}",
                                 "--subscribe", "/lagopus-network-instance:network-instances"],
                                stdout=subprocess.PIPE, text=True) for number in range(count)]
    try:
        for number, process in enumerate(started):
            process.stdout.readline()
            until = time.monotonic() + 120
            while held(box, f"holder{number}") != held(box, "dataplane"):
                if time.monotonic() > until:
                    raise RuntimeError("a component does not get its configuration")
                time.sleep(0.2)
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()
            process.stdout.close()


def held(box, name):
    """The generation that a component runs; None while the box does not know it."""
    try:
        state = box.restconf(f"/lagopus-components:components/component={name}/state")
    except BoxError:
        return None
    return next(iter(state.values()))["generation"]


def run(line):
    """The figures that were missed."""
    with tempfile.TemporaryDirectory(prefix="lagopus-bench-") as directory:
        synced = synced_record(pathlib.Path(directory) / "synced")
    line("commit", "synced-records-per-second", 1 / synced, "1/s")
    missed = []
    with Box(hosts=("a", "b")) as box:
        box.wait_ready()
        commit_when_attached(box, routed(box, "a", "b"))
        box.host("a").wait_for_ping(GATEWAYS[0])
        session = Session("127.0.0.1", box.netconf_port, "admin", box.password)
        line("commit", f"load-{ROUTES}-routes", load(session), "s")
        for components, content in ((0, unheard), (1, led_to(GATEWAYS[1])), (4, led_to(GATEWAYS[0]))):
            with holders(box, max(0, components - 1)), Pings(box.host("a"), GATEWAYS[0]) as pings:
                took = sorted(commits(session, content, SECONDS))
            rate = len(took) / sum(took)
            p99 = took[len(took) * 99 // 100] * 1e3
            line("commit", f"commits-per-second-with-{components}", rate, "1/s", 1 / rate / synced)
            line("commit", f"p50-with-{components}", statistics.median(took) * 1e3, "ms")
            line("commit", f"p99-with-{components}", p99, "ms")
            if rate < LEAST_PER_SECOND:
                missed.append(f"{rate:.0f} commits a second with {components}, wanted {LEAST_PER_SECOND}")
            if p99 > MOST_P99:
                missed.append(f"p99 of {p99:.1f} ms with {components}, wanted {MOST_P99}")
            if pings.lost:
                missed.append(f"pings {pings.lost} of {pings.sent} were lost with {components}")
        session.close()
    return missed
