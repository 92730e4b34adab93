"""Commit traffic that can tell what was lost: two leaves that always have the same number, written
in one commit each, and the highest number that was acknowledged."""

import base64
import http.client
import json
import pathlib
import subprocess
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESOURCE = "/restconf/data/pair:pair"
CREDENTIALS = "Basic " + base64.b64encode(b"admin:secret").decode()


class Daemon:
    """A controller alone on a state directory, with the module `pair`."""

    def __init__(self, state, command=(ROOT / "build/bin/lagopusd",)):
        modules = pathlib.Path(__file__).resolve().parent
        bootstrap = pathlib.Path(state).parent / "bootstrap.json"
        bootstrap.write_text(json.dumps({"users": [{"name": "admin", "password": "secret"}]}))
        self.log = open(pathlib.Path(state).parent / "lagopusd.log", "a")
        self.process = subprocess.Popen(
            [*map(str, command), "--state", state, "--netconf", "none", "--restconf", "http://127.0.0.1:0",
             "--bootstrap", bootstrap, "--no-components", "--yang", modules],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        ready = self.process.stdout.readline().strip()
        if not ready.startswith("ready "):
            raise AssertionError(f"it did not start: {ready!r}, see {self.log.name}")
        url = urllib.parse.urlsplit(ready.split("restconf=")[1])
        self.address = (url.hostname, url.port)

    def connection(self):
        return http.client.HTTPConnection(*self.address, timeout=30)

    def kill(self):
        self.process.kill()
        self.end()

    def stop(self):
        self.process.terminate()
        self.end()

    def end(self):
        self.process.wait(30)
        self.process.stdout.close()
        self.log.close()

    def read(self):
        """(a, b), both 0 while nothing is written."""
        connection = self.connection()
        connection.request("GET", RESOURCE, headers={"Authorization": CREDENTIALS})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status == 404:
            return 0, 0
        assert answer.status == 200, body
        pair = json.loads(body)["pair:pair"]
        return int(pair["a"]), int(pair["b"])


class Traffic(threading.Thread):
    """Commits one number after the other until the daemon is gone."""

    def __init__(self, daemon, first):
        super().__init__(daemon=True)
        self.target = daemon
        self.sent = self.acknowledged = first - 1
        self.over = False
        self.refusal = None

    def begun(self, seconds=60):
        """Waits until something was acknowledged."""
        first, until = self.acknowledged, time.monotonic() + seconds
        while self.acknowledged == first and self.is_alive() and time.monotonic() < until:
            time.sleep(0.005)
        assert not self.refusal, self.refusal
        assert self.acknowledged > first, "no commit was acknowledged in time"

    def run(self):
        connection = self.target.connection()
        try:
            while not self.over:
                self.sent += 1
                number = str(self.sent)
                connection.request(
                    "PUT", RESOURCE, json.dumps({"pair:pair": {"a": number, "b": number}}),
                    {"Authorization": CREDENTIALS, "Content-Type": "application/yang-data+json"})
                answer = connection.getresponse()
                body = answer.read()
                if answer.status not in (201, 204):
                    self.refusal = f"{answer.status}: {body.decode()}"
                    return
                self.acknowledged = self.sent
        except (OSError, http.client.HTTPException):
            pass


def check(daemon, traffic):
    """Nothing acknowledged is lost, nothing half-written is served."""
    assert not traffic.refusal, traffic.refusal
    a, b = daemon.read()
    assert a == b, f"half a commit is served: a is {a}, b is {b}"
    assert traffic.acknowledged <= a <= traffic.sent, \
        f"{a} is served, {traffic.acknowledged} was acknowledged and {traffic.sent} sent"
    return a
