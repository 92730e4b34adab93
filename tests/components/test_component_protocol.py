"""The component protocol, shown by a component in Python written from docs/component-protocol.md."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ECHO = "/echo:echo"


class Lagopusd:
    """A controller that components may connect to, with the echo module and nothing in front of it."""

    def __init__(self, directory):
        self.directory = directory
        self.run = directory / "run"
        self.bootstrap = directory / "bootstrap.json"
        self.bootstrap.write_text(json.dumps({"users": [{"name": "admin", "password": "secret"}]}))
        self.log = open(directory / "lagopusd.log", "a")
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [ROOT / "build/bin/lagopusd", "--state", self.directory / "state", "--run", self.run,
             "--yang", HERE / "yang", "--netconf", "none", "--restconf", "http://127.0.0.1:0",
             "--bootstrap", self.bootstrap],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        ready = self.process.stdout.readline().strip()
        assert ready.startswith("ready "), pathlib.Path(self.log.name).read_text()
        self.url = dict(word.split("=", 1) for word in ready.split()[1:])["restconf"].removesuffix("/restconf")

    def request(self, method, path, body=None):
        """(status, JSON or None)"""
        command = ["curl", "-sS", "-X", method, "-u", "admin:secret", "-w", "\n%{http_code}",
                   "-H", "Accept: application/yang-data+json", f"{self.url}/restconf/data{path}"]
        if body is not None:
            command += ["-H", "Content-Type: application/yang-data+json", "--data-binary", json.dumps(body)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        text, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(text) if text.strip() else None

    def health(self):
        """(status, JSON) of what anyone is told without login."""
        done = subprocess.run(["curl", "-sS", "-w", "\n%{http_code}", f"{self.url}/healthz"],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        text, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(text)

    def put(self, name, value):
        return self.request("PUT", f"{ECHO}/entry={name}", {"echo:entry": [{"name": name, "value": value}]})

    def state(self):
        status, body = self.request("GET", f"{ECHO}/state")
        return body["echo:state"] if status == 200 else {}

    def component(self, name):
        status, body = self.request("GET", f"/lagopus-components:components/component={name}/state")
        return body["lagopus-components:state"] if status == 200 else {}

    def alarm(self, name, kind):
        """True while it stands, False when it is cleared, None if it never stood."""
        return next((not alarm["is-cleared"] for alarm in self.component(name).get("alarm", [])
                     if alarm["type-id"] == kind), None)

    def box_alarms(self):
        """{id: state} of the alarms of the box."""
        status, body = self.request("GET", "/openconfig-system:system/alarms")
        alarms = body["openconfig-system:alarms"]["alarm"] if status == 200 else []
        return {alarm["id"]: alarm["state"] for alarm in alarms}

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.stdout.close()
        self.process.wait(30)


class Component:
    def __init__(self, lagopusd, directory, name, *options):
        self.trace = directory / f"{name}.trace"
        self.process = subprocess.Popen(
            ["/usr/bin/python3", HERE / "echo_component.py", lagopusd.run / "components.sock", name,
             "--trace", self.trace, *options], stdout=subprocess.DEVNULL)

    def messages(self):
        """[(direction, type, message)] so far."""
        if not self.trace.exists():
            return []
        lines = [line.split(" ", 2) for line in self.trace.read_text().splitlines()]
        return [(direction, kind, json.loads(text)) for direction, kind, text in lines]

    def steps(self):
        return [f"{direction} {kind}" for direction, kind, _ in self.messages() if kind != "state"]

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        self.process.wait(10)


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(KeyError):
            found = condition()
            if found:
                return found
        time.sleep(0.05)
    raise AssertionError("not reached in time")


@pytest.fixture(scope="module")
def lagopusd(tmp_path_factory):
    started = Lagopusd(tmp_path_factory.mktemp("components"))
    yield started
    if started.process.poll() is None:
        started.stop()


@pytest.fixture
def component(lagopusd, tmp_path):
    started = []

    def start(name, *options, subscribe=True):
        words = ["--subscribe", ECHO, "--state", f"{ECHO}/state"] if subscribe else []
        started.append(Component(lagopusd, tmp_path, name, *words, *options))
        until(lambda: lagopusd.component(name)["process-id"] == started[-1].process.pid)
        return started[-1]

    yield start
    # While they are here: a required one that is gone would refuse it.
    assert lagopusd.request("DELETE", ECHO)[0] in (204, 404, 409)
    for each in started:
        each.close()


@pytest.mark.requirement("R34 R35")
def test_a_component_in_python_follows_the_configuration(lagopusd, component):
    assert lagopusd.put("before", "1")[0] == 201
    echo = component("echo")
    until(lambda: lagopusd.state()["entries"] == 1)
    assert lagopusd.put("a", "1")[0] == 201
    assert lagopusd.put("a", "2")[0] == 204
    until(lambda: lagopusd.state()["entries"] == 2)
    assert lagopusd.request("DELETE", f"{ECHO}/entry=before")[0] == 204
    until(lambda: lagopusd.state()["entries"] == 1)
    last = [message for direction, kind, message in echo.messages() if kind == "prepare"][-1]
    assert last["edits"] == [{"op": "remove", "path": "/echo:echo/entry[name='before']"}]
    assert last["user"] == "admin"


@pytest.mark.requirement("R66 R11 R37")
def test_registration_and_a_commit_go_step_by_step_with_a_client_beside(lagopusd, component):
    dataplane = component("echo", "--api", "echo.say=/somewhere")
    until(lambda: "> answer" in dataplane.steps())
    client = component("client", "--watch", ECHO, "--lookup", "echo.say", subscribe=False)
    until(lambda: "< apis" in client.steps())
    assert lagopusd.put("a", "1")[0] == 201
    until(lambda: "< notify" in client.steps())
    assert dataplane.steps() == ["> hello", "< welcome", "< replace", "> answer",
                                 "< prepare", "> answer", "< commit", "> answer"]
    assert [step for step in client.steps() if step not in ("< replace", "> answer")] == [
        "> hello", "< welcome", "> lookup-api", "< apis", "< notify"]
    apis = next(message for _, kind, message in client.messages() if kind == "apis")
    assert apis["apis"][0]["component"] == "echo"
    assert apis["apis"][0]["api"]["endpoint"] == "/somewhere"
    notice = next(message for _, kind, message in client.messages() if kind == "notify")
    assert notice["edits"][0]["path"] == "/echo:echo/entry[name='a']"
    assert notice["edits"][0]["value"] == {"name": "a", "value": "1"}


@pytest.mark.requirement("R34 R64")
def test_its_refusal_reaches_the_client_with_the_path(lagopusd, component):
    echo = component("echo", "--refuse", "evil")
    other = component("other")
    status, body = lagopusd.put("a", "evil")
    assert status >= 400
    error = body["ietf-restconf:errors"]["error"][0]
    assert error["error-tag"] == "invalid-value"
    assert "evil is refused" in error["error-message"]
    assert "entry" in error["error-path"]
    assert lagopusd.request("GET", f"{ECHO}/entry=a")[0] == 404
    until(lambda: "< abort" in other.steps())
    assert lagopusd.put("a", "good")[0] == 201
    assert "< commit" in echo.steps()


@pytest.mark.requirement("R65")
def test_its_failure_to_commit_brings_the_others_back(lagopusd, component):
    first = component("first")
    component("second", "--fail", "evil", "--faces", "2")
    assert lagopusd.put("a", "good")[0] == 201
    status, body = lagopusd.put("b", "evil")
    assert status >= 400
    assert "evil fails" in json.dumps(body)
    assert lagopusd.request("GET", f"{ECHO}/entry=b")[0] == 404
    until(lambda: "< abort" in first.steps())
    until(lambda: lagopusd.state()["entries"] == 1)


@pytest.mark.requirement("R29 R6")
def test_a_stopped_component_is_noticed_and_comes_back(lagopusd, component):
    echo = component("echo", "--required")
    assert lagopusd.put("a", "1")[0] == 201
    echo.process.send_signal(signal.SIGSTOP)
    until(lambda: not lagopusd.component("echo")["connected"], seconds=10)
    assert lagopusd.alarm("echo", "component-absent") is True
    alarm = until(lambda: lagopusd.box_alarms().get("echo component-absent"))
    assert alarm["severity"].endswith("CRITICAL") and alarm["type-id"] == "component-absent", alarm
    status, body = lagopusd.put("a", "2")
    assert status >= 400
    assert "echo" in json.dumps(body)
    echo.process.send_signal(signal.SIGCONT)
    until(lambda: lagopusd.component("echo")["connected"])
    until(lambda: lagopusd.alarm("echo", "component-absent") is False)
    until(lambda: "echo component-absent" not in lagopusd.box_alarms())
    assert until(lambda: lagopusd.put("a", "2")[0] == 204)


@pytest.mark.requirement("R5")
def test_health_names_the_required_component_that_is_away(tmp_path):
    lagopusd = Lagopusd(tmp_path)

    def tells(**components):
        ready = all(components.values())
        return lagopusd.health() == (200 if ready else 503, {"live": True, "ready": ready, "components": components})

    def echo(*options):
        started.append(Component(lagopusd, tmp_path, "echo", "--subscribe", ECHO, *options))

    started = []
    try:
        # Nothing serves as the dataplane here, so the box is not whole unless that is not needed.
        assert tells(dataplane=False)
        wanted = {"name": "dataplane", "config": {"name": "dataplane", "required": False}}
        assert lagopusd.request("PUT", "/lagopus-components:components/component=dataplane",
                                {"lagopus-components:component": [wanted]})[0] in (201, 204)
        assert tells()
        echo("--required")
        until(lambda: tells(echo=True))
        started[0].process.kill()
        started[0].process.wait()
        until(lambda: tells(echo=False))
        echo("--required")
        until(lambda: tells(echo=True))
    finally:
        for each in started:
            each.close()
        lagopusd.stop()


@pytest.mark.requirement("R30 R20")
def test_it_is_brought_in_step_after_a_kill_of_either_side(lagopusd, component):
    echo = component("echo")
    assert lagopusd.put("a", "1")[0] == 201
    lagopusd.stop(signal.SIGKILL)
    lagopusd.start()
    until(lambda: lagopusd.component("echo")["connected"])
    assert lagopusd.put("b", "1")[0] == 201
    until(lambda: lagopusd.state()["entries"] == 2)
    replaces = echo.steps().count("< replace")
    assert replaces == 1, "it runs what the datastore runs, so nothing is sent again"
    echo.process.kill()
    echo.process.wait()
    until(lambda: not lagopusd.component("echo")["connected"])
    assert lagopusd.put("c", "1")[0] == 201
    component("echo")
    until(lambda: lagopusd.state()["entries"] == 3)


@pytest.mark.requirement("R34")
def test_a_long_configuration_comes_in_parts(lagopusd, component):
    entries = [{"name": f"n{i}", "value": "x" * 1000} for i in range(3000)]
    path = lagopusd.run.parent / "long.json"
    path.write_text(json.dumps({"echo:echo": {"entry": entries}}))
    done = subprocess.run(["curl", "-sS", "-X", "PUT", "-u", "admin:secret", "-w", "%{http_code}",
                           "-H", "Content-Type: application/yang-data+json", "--data-binary", f"@{path}",
                           f"{lagopusd.url}/restconf/data{ECHO}"], capture_output=True, text=True, timeout=60)
    assert done.stdout in ("201", "204"), done.stdout
    echo = component("echo")
    until(lambda: lagopusd.state()["entries"] == 3000)
    assert echo.steps().count("< replace") > 2
    assert os.path.getsize(path) > 3_000_000
