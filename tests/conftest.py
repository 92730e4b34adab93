"""Shared by all tests in Python: the box under test, and the requirement marks in the report."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "packaging" / "demo"))
sys.path.insert(0, str(ROOT / "tests"))

import box as boxes  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "requirement(numbers): the requirements (docs/requirements.md) a test shows")


def pytest_collection_modifyitems(items):
    for item in items:
        for mark in item.iter_markers("requirement"):
            for number in " ".join(mark.args).split():
                item.user_properties.append(("requirement", number))


class Lagopusd:
    """A controller alone, without a dataplane, on ports the kernel chooses."""

    def __init__(self, state, *arguments, user="admin", password="secret", bootstrap=None):
        self.state = pathlib.Path(state)
        self.user, self.password = user, password
        if bootstrap is None:
            bootstrap = {"users": [{"name": user, "password": password}]}
        self.bootstrap = self.state.parent / f"{self.state.name}.bootstrap.json"
        self.bootstrap.write_text(json.dumps(bootstrap))
        self.log = self.state.parent / f"{self.state.name}.log"
        self.process = subprocess.Popen(
            [ROOT / "build/bin/lagopusd", "--state", self.state, "--netconf", "127.0.0.1:0",
             "--restconf", "http://127.0.0.1:0", "--bootstrap", self.bootstrap, "--no-components",
             *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=open(self.log, "a"), text=True)
        self.ready = self.process.stdout.readline().strip()
        if not self.ready.startswith("ready "):
            code = self.process.wait(20)
            raise boxes.BoxError(f"lagopusd ended with {code}: {self.log.read_text()}")
        parts = dict(word.split("=", 1) for word in self.ready.split()[1:])
        self.netconf_host, port = parts["netconf"].rsplit(":", 1)
        self.netconf_port = int(port)
        self.url = parts["restconf"].rstrip("/")
        if self.url.endswith("/restconf"):
            self.url = self.url[: -len("/restconf")]

    def netconf(self, **options):
        from ncclient import manager

        options = {"username": self.user, "password": self.password, "timeout": 60} | options
        return manager.connect(host="127.0.0.1", port=self.netconf_port, hostkey_verify=False,
                               allow_agent=False, look_for_keys=False, **options)

    def curl(self, method, path, body=None, *options, user=None):
        """(status, headers, body) of one exchange by curl."""
        command = ["curl", "-sS", "-X", method, "-u", user or f"{self.user}:{self.password}", "-D", "-",
                   *options, self.url + path]
        if method == "HEAD":
            command[2:4] = ["-I"]
        if body is not None:
            command += ["-H", "Content-Type: application/yang-data+json", "--data-binary", "@-"]
        done = subprocess.run(command, input=body, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        head, _, rest = done.stdout.replace("\r\n", "\n").partition("\n\n")
        while head.startswith("HTTP/1.1 100"):
            head, _, rest = rest.partition("\n\n")
        lines = head.splitlines()
        headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:] if ": " in line)}
        return int(lines[0].split()[1]), headers, rest

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.stdout.close()
        return self.process.wait(30)


@pytest.fixture
def lagopusd(tmp_path):
    """Starts controllers: `lagopusd(*arguments, state=...)`; all are stopped at the end."""
    started = []

    def start(*arguments, state="state", **options):
        started.append(Lagopusd(tmp_path / state, *arguments, **options))
        return started[-1]

    yield start
    for daemon in started:
        daemon.stop()


@pytest.fixture(scope="session")
def running_box():
    """One box with three hosts for all tests that leave it as they found it."""
    if os.geteuid():
        pytest.fail("the tests make network namespaces: run them as root")
    with boxes.Box(hosts=("a", "b", "c"), faults=True) as box:
        box.wait_ready()
        yield box


@pytest.fixture
def box(running_box):
    """The shared box, with no interface and no network instance configured."""
    running_box.wait_ready()
    clear(running_box)
    for host in running_box.hosts:
        host.run("ip", "address", "flush", "dev", "eth0", "scope", "global")
        host.run("ip", "neigh", "flush", "dev", "eth0")
    yield running_box
    running_box.wait_ready()
    clear(running_box)


def clear(box):
    nc = 'xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="remove"'
    ns = boxes.NAMESPACES
    with box.netconf() as netconf:
        netconf.discard_changes()
        netconf.edit_config(target="candidate", config=boxes.config(
            f'<network-instances xmlns="{ns["ni"]}" {nc}/>', f'<interfaces xmlns="{ns["if"]}" {nc}/>'))
        netconf.commit()


def eventually(condition, seconds=10, every=0.1, what="condition"):
    """Waits until `condition()` is true and returns its value; fails with its last value."""
    until = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise AssertionError(f"{what} not within {seconds} s: {value!r}")
        time.sleep(every)
