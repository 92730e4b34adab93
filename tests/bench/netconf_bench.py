"""What the NETCONF server costs with a list of 100 000 entries, beside what nothing at all costs on the
same machine in the same run: an SSH subsystem that echoes (NetconfEcho.java) and a file to which
records are appended, each synced before the next.

Loads are told as they come, the first ones with the JVM still compiling; `load-again-to-load` is the
ratio of the medians. The ratios are

    one commit       to two round trips of the echo and one synced record
    bulk, full read  to the echo of the message that loads the list
    keyed read       to one round trip of the echo
    start            to the start of the echo

On a machine that others use too, the processor time of the server (`-cpu`) says more than the time.
"""

import contextlib
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

from netconf_client import Session, edit, entries, memory, single_commits

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
JARS = ROOT / "build/lib/lagopus/lagopusd"
JDK = pathlib.Path((ROOT / "build/jdk").read_text().strip())
MANY = 100_000
ROUNDS = 400
TURNS = 3  # of a load; the median counts
SETTLE = 10  # seconds; memory is given back behind the last request

# What is wanted of each figure; a rate at least, everything else at most.
WANTED = {
    "commits-per-second-at-100000": 300,
    "load-100000": 2.5,
    "load-again-to-load": 2,
    "read-100000": 0.6,
    "keyed-read-p50-at-100000": 0.7,
    "memory-at-100000": 450,
    "memory-after-deletion": 250,
    "start-to-hello": 4,
    "start-to-hello-with-100000": 5,
}


class Figures:
    def __init__(self, line):
        self.line = line
        self.missed = []

    def tell(self, measure, value, unit, reference=None):
        """The ratio is of costs: above one it takes more than the reference."""
        self.line("netconf", measure, value, unit, reference)
        wanted = WANTED.get(measure)
        if wanted and (value < wanted if measure.startswith("commits-per-second") else value > wanted):
            self.missed.append(f"{measure} {value:.3g} {unit}, wanted {wanted}")


def run(line):
    """The figures that were missed, and the bound that was broken or None."""
    figures = Figures(line)
    with tempfile.TemporaryDirectory(prefix="lagopus-bench-") as directory:
        echo = reference(figures, pathlib.Path(directory))
        ratio = loaded(figures, echo, pathlib.Path(directory))
    broken = f"one entry costs {ratio:.2f} times as much in a list of 100 000 as in one of 1 000" if ratio > 2 else None
    return figures.missed, broken


# ---- the reference

@contextlib.contextmanager
def echo_server(classes):
    process = subprocess.Popen(
        [JDK / "bin/java", "-XX:+UseSerialGC", "-Xmx400m", "--sun-misc-unsafe-memory-access=allow",
         "-cp", f"{classes}:{JARS}/*", "NetconfEcho"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        word, _, port = process.stdout.readline().strip().partition(" ")
        if word != "ready":
            raise RuntimeError("the echo did not start")
        yield int(port)
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def reference(figures, directory):
    """{what: seconds} of the echo and of a synced record."""
    classes = directory / "classes"
    subprocess.run([JDK / "bin/javac", "-d", classes, "-cp", f"{JARS}/*", ROOT / "tests/bench/NetconfEcho.java"],
                   check=True, timeout=120)
    begun = time.perf_counter()
    with echo_server(classes) as port:
        session = Session("127.0.0.1", port, "admin", "any")
        start = time.perf_counter() - begun
        for number in range(ROUNDS * 5):  # warm
            one_entry_echoed(session, number)
        trip = statistics.median(one_entry_echoed(session, number) for number in range(ROUNDS))
        for _ in range(2):
            many = edit(session, entries(range(MANY), 0))
        session.transport.close()
    synced = synced_record(directory / "synced")
    figures.tell("echo-round-trip-p50", trip * 1e3, "ms")
    figures.tell("echo-100000", many, "s")
    figures.tell("echo-start-to-hello", start, "s")
    figures.tell("synced-records-per-second", 1 / synced, "1/s")
    return {"trip": trip, "many": many, "start": start, "commit": 2 * trip + synced}


def one_entry_echoed(session, number):
    return edit(session, entries([number], number))


def synced_record(path, size=500):
    """Seconds for a record that is appended and synced."""
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    try:
        took = []
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            os.write(file, bytes(size))
            os.fdatasync(file)
            took.append(time.perf_counter() - begun)
        return statistics.median(took)
    finally:
        os.close(file)


# ---- the server

def processor(daemon):
    """Seconds of processor time that the process has used, all threads together."""
    fields = pathlib.Path(f"/proc/{daemon.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def started(state):
    """(daemon, session, seconds from the start of the process to its hello)"""
    from conftest import Lagopusd

    begun = time.perf_counter()
    daemon = Lagopusd(state, "--yang", ROOT / "tests/bench/yang")
    try:
        session = Session("127.0.0.1", daemon.netconf_port, daemon.user, daemon.password)
        yield daemon, session, time.perf_counter() - begun
        session.transport.close()
    finally:
        daemon.stop()


def load(session, revision):
    message = entries(range(MANY), revision)
    return edit(session, message) + session.rpc("<commit/>")[1]


def clear(session):
    return edit(session, "", ' nc:operation="remove"') + session.rpc("<commit/>")[1]


def get(session, inside=""):
    return session.rpc('<get-config><source><running/></source><filter><routes xmlns="urn:bench:list">'
                       f"{inside}</routes></filter></get-config>")


def commits(figures, echo, session, size):
    for _ in range(4):  # warm
        single_commits(session, MANY * 2, ROUNDS, 20)
    took = single_commits(session, MANY * 3, ROUNDS, 20)
    figures.tell(f"commits-per-second-at-{size}", len(took) / sum(took), "1/s", statistics.median(took) / echo["commit"])
    return len(took) / sum(took)


def loaded(figures, echo, directory):
    """Measures it all, and returns what a commit into the long list costs to one into a short list."""

    def bulk(measure, daemon, action, reference):
        used = processor(daemon)
        seconds = action()
        used = processor(daemon) - used
        figures.tell(measure, seconds, "s", seconds / reference)
        figures.line("netconf", f"{measure}-cpu", used, "s")
        return seconds

    state = directory / "state"
    with started(directory / "first"):  # what a start reads is in the page cache after this one
        pass
    with started(state) as (daemon, session, start):
        figures.tell("start-to-hello", start, "s", start / echo["start"])
        figures.line("netconf", "start-to-hello-cpu", processor(daemon), "s")
        figures.tell("memory-at-start", memory(daemon), "MiB")
        bulk("load-100000-first", daemon, lambda: load(session, 0), echo["many"])
        once, again = [], []
        for turn in range(TURNS):
            clear(session)
            once.append(bulk("load-100000", daemon, lambda: load(session, 1), echo["many"]))
        for turn in range(TURNS):
            again.append(bulk("load-again-100000", daemon, lambda: load(session, 2 + turn), echo["many"]))
        once, again = statistics.median(once), statistics.median(again)
        figures.tell("load-again-to-load", again / once, "x")

        reply, _ = get(session)
        if reply.count(b"<route>") != MANY:
            raise RuntimeError(f"{reply.count(b'<route>')} of {MANY} entries came back")
        bulk("read-100000", daemon, lambda: get(session)[1], echo["many"])

        at_many = commits(figures, echo, session, MANY)
        for number in range(ROUNDS * 2):  # warm
            get(session, f"<route><id>{number}</id></route>")
        keyed = statistics.median(get(session, f"<route><id>{number}</id></route>")[1] for number in range(ROUNDS))
        figures.tell("keyed-read-p50-at-100000", keyed * 1e3, "ms", keyed / echo["trip"])
        time.sleep(SETTLE)
        figures.tell("memory-at-100000", memory(daemon), "MiB")
    with started(state) as (daemon, session, start):
        figures.tell("start-to-hello-with-100000", start, "s", start / echo["start"])
        figures.line("netconf", "start-to-hello-with-100000-cpu", processor(daemon), "s")
        figures.tell("memory-at-start-with-100000", memory(daemon), "MiB")
        load(session, TURNS + 2)
        get(session)
        clear(session)
        time.sleep(SETTLE)
        figures.tell("memory-after-deletion", memory(daemon), "MiB")
        edit(session, entries(range(1000), 0))
        session.rpc("<commit/>")
        at_few = commits(figures, echo, session, 1000)
    figures.tell("commit-at-100000-to-1000", at_few / at_many, "x")
    return at_few / at_many
