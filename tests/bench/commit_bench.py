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
import tempfile
import time

from netconf_bench import synced_record
from netconf_client import Session
from smoke.test_faults import Pings, commit_when_attached
from smoke.test_forwarding import NETS, instance, routed, static_routes

from box import ROOT, Box, network_instances

ROUTES = 100_000
AT_ONCE = 10_000
SECONDS = 10
WARM = 500
GATEWAYS = (NETS["b"][1], NETS["a"][1])
WANTED = {"commits-per-second": 150, "p99": 20}


def prefix(number):
    return f"{20 + number // 65536}.{number // 256 % 256}.{number % 256}.0/24"


def routes(*pairs):
    return network_instances(instance("default", "DEFAULT_INSTANCE", inside=static_routes(*pairs)))


def edited(session, content):
    return session.rpc(f"<edit-config><target><running/></target><config>{content}</config></edit-config>")[1]


def banner(number):
    return ('<system xmlns="http://openconfig.net/yang/system"><config>'
            f"<login-banner>{number}</login-banner></config></system>")


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
    started = [subprocess.Popen([ROOT / "tests/components/echo_component.py", box.run_directory / "components.sock",
                                 f"holder{number}", "--subscribe", "/lagopus-network-instance:network-instances"],
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
    """The generation that a component runs."""
    state = box.restconf(f"/lagopus-components:components/component={name}/state")
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
        for components, content in ((0, banner),
                                    (1, lambda number: routes((prefix(number % ROUTES), GATEWAYS[number // ROUTES % 2 ^ 1]))),
                                    (4, lambda number: routes((prefix(number % ROUTES), GATEWAYS[number // ROUTES % 2])))):
            with holders(box, max(0, components - 1)), Pings(box.host("a"), GATEWAYS[0]) as pings:
                took = sorted(commits(session, content, SECONDS))
            rate = len(took) / sum(took)
            p99 = took[len(took) * 99 // 100] * 1e3
            for measure, value, unit, better in (("commits-per-second", rate, "1/s", rate >= WANTED["commits-per-second"]),
                                                 ("p99", p99, "ms", p99 <= WANTED["p99"])):
                line("commit", f"{measure}-with-{components}", value, unit,
                     1 / rate / synced if measure != "p99" else None)
                if not better:
                    missed.append(f"{measure}-with-{components} {value:.3g} {unit}, wanted {WANTED[measure]}")
            line("commit", f"p50-with-{components}", statistics.median(took) * 1e3, "ms")
            if pings.lost:
                missed.append(f"pings {pings.lost} of {pings.sent} were lost with {components}")
        session.close()
    return missed
