"""Messages between two processes over a ring: C to C as the reference, then Java to C on the same ring,
then requests of the Java client, which are encoded, answered and matched."""

import contextlib
import os
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RING = ROOT / "build/dataplane/ring"
RING_SLOTS = ["-r", "-s", "64", "-c", "4096"]


@contextlib.contextmanager
def echo(*options):
    with tempfile.TemporaryDirectory(prefix="lagopus-ring-bench-") as directory:
        socket = os.path.join(directory, "worker.sock")
        process = subprocess.Popen([RING / "ring-echo", *options, socket], stdout=subprocess.PIPE, text=True)
        try:
            if process.stdout.readline() != "ready\n":
                raise RuntimeError("ring-echo did not start")
            yield socket
        finally:
            process.kill()
            process.wait()


def measured(command):
    done = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, timeout=300)
    return {name: float(value) for name, value in map(str.split, done.stdout.splitlines())}


def java(kind, socket, count, rounds):
    jdk = (ROOT / "build/jdk").read_text().strip()
    jars = ROOT / "build/lib/lagopus/lagopus-dataplane"
    return measured(
        [
            f"{jdk}/bin/java",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-cp",
            f"{jars}/*",
            ROOT / "tests/bench/RingBench.java",
            kind,
            socket,
            str(count),
            str(rounds),
        ]
    )


def run(line):
    with echo(*RING_SLOTS) as socket:
        c = measured([RING / "ring-bench", socket, "5000000", "100000"])
    with echo(*RING_SLOTS) as socket:
        found = java("ring", socket, 5_000_000, 100_000)
    with echo() as socket:
        client = java("client", socket, 100_000, 20_000)

    rate = c["messages-per-second"]
    line("ring", "c-to-c-messages-per-second", rate, "1/s")
    line("ring", "java-to-c-messages-per-second", found["messages-per-second"], "1/s", found["messages-per-second"] / rate)
    for name in ("batched-requests-per-second", "single-requests-per-second"):
        line("ring", f"java-client-{name}", client[name], "1/s", client[name] / rate)
    for name in ("round-trip-p50", "round-trip-p99"):
        line("ring", f"c-to-c-{name}", c[name], "us")
        line("ring", f"java-to-c-{name}", found[name], "us", found[name] / c[name])
        line("ring", f"java-client-{name}", client[name], "us", client[name] / c[name])
