"""The four flows of docs/component-protocol.md as they go over the wire: what stands on the page is what a real
datastore and two components say to each other.

    LAGOPUS_WRITE_PAGE=1 pytest tests/components/test_flows.py      writes it anew, to be read by somebody
"""

import json
import os
import re

import pytest

from .test_component_protocol import ECHO, ROOT, Component, Lagopusd, until

PAGE = ROOT / "docs/component-protocol.md"
# Differs from run to run.
NAMED = {"instance": "3f0c6e1a-…", "token": "5f3a…", "transaction": "9f86d081884c7d65"}


class Flow:
    """What the two say from one moment on, in turn."""

    def __init__(self, **components):
        self.components = components
        self.seen = {name: len(component.messages()) for name, component in components.items()}
        self.lines = []
        self.numbers = {}

    def until(self, *steps):
        """These come next, each as `NAME > kind` or `NAME < kind`."""
        for step in steps:
            name, direction, kind = step.split()
            self.lines.append(f"{step} {self.shown(self.next(name, direction, kind))}")

    def next(self, name, direction, kind):
        def found():
            for place, message in enumerate(self.components[name].messages()[self.seen[name]:], self.seen[name]):
                if message[:2] == (direction, kind):
                    self.seen[name] = place + 1
                    return message[2]
            return None
        return until(found)

    def number(self, kind, value):
        known = self.numbers.setdefault(kind, {})
        return known.setdefault(value, (42 if kind == "generation" else 7000) + len(known) + 1)

    def shown(self, message):
        for base in ("base", "generation"):  # the older one first
            if message.get(base):
                self.number("generation", message[base])

        def plain(value, name=None, top=False):
            if isinstance(value, dict):
                return {inner: plain(each, inner, top and not isinstance(each, dict)) for inner, each in value.items() if inner != "type"}
            if isinstance(value, list):
                return [plain(each) for each in value]
            if name in ("generation", "base") and value:
                number = self.number("generation", int(value))
                return str(number) if isinstance(value, str) else number
            if name == "id" and top:
                return self.number("id", value)
            return NAMED.get(name, value) if value else value
        return json.dumps(plain(message, top=True), ensure_ascii=False)


def on_the_page(title):
    """(text, begin, end) of the trace below a flow's heading."""
    text = PAGE.read_text()
    found = re.compile(rf"\*\*{re.escape(title)}\*\*.*?\n```trace\n(.*?)```\n", re.S).search(text)
    assert found, f"no trace of {title} on the page"
    return text, *found.span(1)


def hold(title, flow):
    written = "\n".join(flow.lines) + "\n"
    text, begin, end = on_the_page(title)
    if os.environ.get("LAGOPUS_WRITE_PAGE"):
        PAGE.write_text(text[:begin] + written + text[end:])
    else:
        assert text[begin:end] == written


@pytest.fixture
def lagopusd(tmp_path):
    started = Lagopusd(tmp_path)
    yield started
    started.stop()


@pytest.mark.requirement("R66 R67 R11 R34 R36")
def test_the_flows_on_the_page_are_those_of_a_real_run(lagopusd, tmp_path):
    assert lagopusd.put("br0", "up")[0] == 201
    begun = []
    try:
        dataplane = Component(lagopusd, tmp_path, "dataplane", "--subscribe", ECHO, "--api", "echo.routes=/run/echo.sock",
                              "--list", f"{ECHO}/row", "--state", f"{ECHO}/state")
        begun.append(dataplane)
        until(lambda: lagopusd.component("dataplane")["connected"])
        registration = Flow(dataplane=dataplane)
        registration.seen["dataplane"] = 0
        registration.until("dataplane > hello", "dataplane < welcome", "dataplane < replace", "dataplane > answer")
        client = Component(lagopusd, tmp_path, "client", "--watch", ECHO, "--lookup", "echo.routes", "--use", "echo.routes")
        begun.append(client)
        registration.components["client"], registration.seen["client"] = client, 0
        registration.until("client > hello", "client < welcome")
        hold("Registration.", registration)

        route = Flow(dataplane=dataplane, client=client)
        route.seen = {"dataplane": 0, "client": 0}
        route.until("client > lookup-api", "client > request-grant", "client < apis", "dataplane < grant",
                    "dataplane > granted", "client < granted")
        hold("Setting a route", route)

        bridge = Flow(dataplane=dataplane, client=client)
        assert lagopusd.put("br0", "down")[0] == 204
        bridge.until("dataplane < prepare", "dataplane > answer", "dataplane < commit", "dataplane > answer",
                     "client < notify")
        hold("Setting a bridge", bridge)

        statistics = Flow(dataplane=dataplane)
        assert lagopusd.put("br1", "up")[0] == 201
        statistics.until("dataplane > state")
        assert lagopusd.request("GET", f"{ECHO}/row=3")[1] == {"echo:row": [{"id": 3}]}
        statistics.until("dataplane < read", "dataplane > rows")
        hold("Statistics.", statistics)
        assert until(lambda: lagopusd.state())["entries"] == 2
    finally:
        for each in begun:
            each.close()


def test_every_message_of_the_page_has_a_section():
    """A kind that is said and not described, or described and not there, is a hole in the page."""
    page = PAGE.read_text()
    described = set(re.findall(r"`([a-z-]+)`", " ".join(re.findall(r"^### (.*)$", page, re.M))))
    java = (ROOT / "component-api/src/main/java/org/lagopus/component/wire/Message.java").read_text()
    assert described == set(re.findall(r'name = "([a-z-]+)"', java))
