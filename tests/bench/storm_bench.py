"""What a storm of control messages costs the forwarding rate: packets per CPU-second of the thread that forwards,
with ten thousand messages and more on one channel while they are counted, beside the same without them. Then what
the ring and the channel carry when nobody holds back.

    ring        routes of a daemon, told anew in batches of 1000, each by another gateway
    channel     lookups of a component
    netconf     get-config of one leaf
    restconf    GET of one leaf
"""

import contextlib
import json
import pathlib
import socket
import struct
import tempfile
import threading
import time

import worker_bench
from netconf_client import Session
from restconf_client import Client
from smoke.test_routes import Daemon

from box import Box

MESSAGES = 10_000
PACE = 2500  # a second, so that there are as many while packets are counted
LEAST = 0.97  # of the rate without a storm


class Storm(threading.Thread):
    """Asks again and again until it is left; `sent` counts."""

    def __init__(self, ask, messages=1):
        super().__init__(daemon=True)
        self.ask, self.messages, self.sent, self.over, self.failure = ask, messages, 0, threading.Event(), None
        self.pace = PACE

    def run(self):
        begun = time.monotonic()
        try:
            while not self.over.is_set():
                self.ask()
                self.sent += self.messages
                ahead = self.sent / self.pace - (time.monotonic() - begun)
                if ahead > 0:
                    self.over.wait(ahead)
        except Exception as failure:
            self.failure = failure

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join(60)
        if self.failure:
            raise self.failure


@contextlib.contextmanager
def ring(box):
    daemon = Daemon(box, "storm")
    gateways = ["198.51.100.2", "198.51.100.3"]

    def ask():
        gateways.reverse()
        said = daemon.say("many", "default", gateways[0], 1000)
        assert said == "ok", said

    try:
        daemon.until("ok", "many", "default", gateways[0], 1000)
        yield Storm(ask, 1000)
    finally:
        daemon.say("flush")
        daemon.kill()


@contextlib.contextmanager
def channel(box):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as to:
        to.connect(str(box.run_directory / "components.sock"))
        answers = to.makefile("rb")

        def say(**message):
            body = json.dumps(message).encode()
            to.sendall(struct.pack(">I", len(body)) + body)

        def hear(kind):
            while True:
                message = json.loads(answers.read(struct.unpack(">I", answers.read(4))[0]))
                if message["type"] == kind:
                    return
                if message["type"] == "replace" and message["last"]:
                    say(type="answer", id=message["id"], ok=True, errors=[])

        def ask():
            for number in range(1, 101):
                say(type="lookup-api", id=number, name="dataplane.routes")
            for _ in range(100):
                hear("apis")

        say(type="hello", protocol=1, name="storm", version="1", faces=2)
        hear("welcome")
        yield Storm(ask, 100)
        say(type="bye", reason="it is over")


@contextlib.contextmanager
def netconf(box):
    session = Session("127.0.0.1", box.netconf_port, "admin", box.password)
    leaf = ('<interfaces xmlns="http://openconfig.net/yang/interfaces"><interface><name>p1</name><config><name/></config>'
            "</interface></interfaces>")
    yield Storm(lambda: session.rpc(f"<get-config><source><running/></source><filter>{leaf}</filter></get-config>"))
    session.close()


@contextlib.contextmanager
def restconf(box):
    client = Client(f"https://127.0.0.1:{box.restconf_port}", "admin", box.password)
    path = "/restconf/data/openconfig-interfaces:interfaces/interface=p1/config/name"
    yield Storm(lambda: client.request("GET", path))


def run(line):
    """Names of the figures that were missed."""
    missed = []
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "frames.pcap"
        worker_bench.capture(path, worker_bench.PCAP_MAC)
        with Box(hosts=()) as box:
            box.wait_ready()
            worker_bench.commit(box, worker_bench.ports(path), worker_bench.NEIGHBOR, worker_bench.routes())
            quiet = worker_bench.rate(box)
            line("storm", "packets-per-second-without", quiet, "1/s")
            for storm, pace in ((ring, PACE), (channel, PACE), (netconf, PACE), (restconf, PACE), (ring, 1e9),
                                (channel, 1e9)):
                name = storm.__name__
                with storm(box) as messages:
                    messages.pace = pace
                    with messages:
                        found = worker_bench.rate(box)
                        while messages.sent < MESSAGES and messages.is_alive():
                            found = min(found, worker_bench.rate(box))
                again = worker_bench.rate(box)
                ratio = found / ((quiet + again) / 2)
                line("storm", f"packets-per-second-in-{messages.sent}-{name}-messages", found, "1/s", ratio)
                if ratio < LEAST and pace == PACE:
                    missed.append(f"{name} {ratio:.2f}, wanted {LEAST}")
                quiet = again
    return missed
