#!/usr/bin/python3
"""A component that holds the configuration it is told and reports how much that is.

It is written from docs/component-protocol.md alone, on the standard library. It stands for any component
in any language: connect and reconnect, hello, replace in parts, prepare, commit, abort, answers that can
be repeated, heartbeats, state, grants, operations, lists that are read. EchoComponent.java is the same on
the SDK, and test_conformance.py holds both to the page.

    echo_component.py SOCKET NAME [--subscribe PATH] [--watch PATH] [--refuse WORD] [--fail WORD] ...

Its operations turn the text of their input round, its APIs are granted to all but `evil`, and its lists
have ENTRIES numbers each.

With --trace FILE each message is a line `> type {...}` (sent) or `< type {...}` (received).
"""

import argparse
import hashlib
import json
import os
import selectors
import socket
import struct
import sys
import time

MOST = 16 * 1024 * 1024
REMEMBERED = 256
ENTRIES = 25


# What the datastore sends, and what must be in it.
KINDS = {
    "welcome": ("generation", "heartbeat-millis", "instance"), "replace": ("id", "generation", "part", "last", "edits"),
    "prepare": ("id", "generation", "base", "part", "last", "edits", "user"), "commit": ("id", "generation"),
    "abort": ("id", "generation"), "notify": ("generation", "part", "last", "edits"), "heartbeat": (),
    "apis": ("id", "apis"), "grant": ("id", "api", "client", "scopes"), "granted": ("id",), "revoke": ("api", "client"),
    "invoke": ("id", "operation", "input", "user"), "read": ("id", "list", "maximum"), "restart": (), "bye": (),
}


class Lost(Exception):
    """The connection is over; the message says why."""


def members(pairs):
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a member comes twice")
    return dict(pairs)


class Channel:
    """Frames on a socket that never blocks."""

    def __init__(self, path, trace):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.socket.setblocking(False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.socket, selectors.EVENT_READ)
        self.incoming = b""
        self.outgoing = b""
        self.trace = trace

    def send(self, kind, **members):
        body = json.dumps({"type": kind} | members).encode()
        self.outgoing += struct.pack(">I", len(body)) + body
        self.trace(">", {"type": kind} | members)
        self.flush()

    def flush(self):
        try:
            while self.outgoing:
                self.outgoing = self.outgoing[self.socket.send(self.outgoing):]
        except BlockingIOError:
            pass
        except OSError as error:
            raise Lost(str(error)) from None
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.outgoing else 0)
        self.selector.modify(self.socket, wanted)

    def receive(self, seconds):
        """The messages that arrive within that time, and whether anything did."""
        if not self.selector.select(seconds):
            return [], False
        self.flush()
        try:
            data = self.socket.recv(1 << 20)
        except BlockingIOError:
            return [], False
        except OSError as error:
            raise Lost(str(error)) from None
        if not data:
            raise Lost("closed")
        self.incoming += data
        found = []
        while len(self.incoming) >= 4:
            length, = struct.unpack_from(">I", self.incoming)
            if length > MOST:
                self.send("bye", reason=f"a frame of {length} bytes")
                raise Lost("a frame that is too long")
            if len(self.incoming) < 4 + length:
                break
            found.append(self.message(self.incoming[4:4 + length]))
            self.incoming = self.incoming[4 + length:]
            self.trace("<", found[-1])
        return found, True

    def message(self, body):
        try:
            message = json.loads(body, object_pairs_hook=members)
            if not isinstance(message, dict) or message.get("type") not in KINDS:
                raise ValueError(f"no message: {body[:80]!r}")
            missing = [name for name in KINDS[message["type"]] if name not in message]
            if missing:
                raise ValueError(f"{message['type']} without {missing[0]}")
            return message
        except ValueError as error:
            self.lie(str(error))

    def lie(self, reason):
        """The other side does not keep to the page."""
        self.send("bye", reason=reason)
        raise Lost(reason)

    def close(self):
        self.selector.close()
        self.socket.close()


def apply(records, edits):
    """Changes the records, and returns what was there before: {path: value, None where there was none}."""
    before = {}
    for edit in edits:
        path = edit["path"]
        if edit["op"] == "put":
            before.setdefault(path, records.get(path))
            records[path] = edit["value"]
        else:
            for each in [each for each in records if each == path or each.startswith(path + "/")]:
                before.setdefault(each, records.pop(each))
    return before


def take_back(records, before):
    for path, value in before.items():
        if value is None:
            records.pop(path, None)
        else:
            records[path] = value


class Component:
    """What outlives a connection: what it runs, and what it has answered."""

    def __init__(self, options):
        self.options = options
        self.instance = None
        self.generation = 0
        self.records = {}
        self.prepared = None  # (generation, edits)
        self.before = None    # (generation of the last commit, generation before it, what it changed)
        self.answers = {}
        self.channel = None

    def trace(self, direction, message):
        if self.options.trace and message["type"] != "heartbeat":
            with open(self.options.trace, "a", encoding="utf-8") as file:
                file.write(f"{direction} {message['type']} {json.dumps(message)}\n")

    def run(self):
        pause = 0.05
        while True:
            try:
                self.channel = Channel(self.options.socket, self.trace)
                pause = 0.05
                self.converse()
            except (Lost, OSError) as error:
                print(f"away: {error}", flush=True)
                self.prepared = None
            finally:
                if self.channel:
                    self.channel.close()
                    self.channel = None
            time.sleep(pause)
            pause = min(pause * 2, 2)

    def converse(self):
        channel, options = self.channel, self.options
        api = [dict(zip(("name", "endpoint"), text.split("=", 1)), version="1", transport="test", scopes=["use"])
               for text in options.api]
        hello = {"protocol": 1, "name": options.name, "version": "1", "faces": options.faces,
                 "required": options.required, "subscriptions": options.subscribe, "watches": options.watch,
                 "apis": api, "operations": options.operation, "lists": options.list, "generation": self.generation}
        if self.instance:
            hello["instance"] = self.instance
        channel.send("hello", **hello)
        beat, heard, said, parts, belongs = 5.0, time.monotonic(), time.monotonic(), [], None
        welcomed = False
        while True:
            messages, anything = channel.receive(beat / 4 if welcomed else beat)
            now = time.monotonic()
            heard = now if anything else heard
            if now - heard > (3 * beat if welcomed else beat):
                raise Lost("no sign of life")
            for message in messages:
                if not welcomed and message["type"] not in ("welcome", "bye"):
                    channel.lie("welcome comes first")
                if message["type"] == "welcome":
                    beat, welcomed = message["heartbeat-millis"] / 1000, True
                    if message["instance"] != self.instance:
                        self.instance, self.generation, self.answers = message["instance"], 0, {}
                    for name in options.lookup:
                        channel.send("lookup-api", id=1, name=name)
                    for name in options.use:
                        channel.send("request-grant", id=2, api=name, scopes=["use"])
                    for kind in options.alarm:
                        channel.send("alarm", resource=options.state, **{"type-id": kind}, severity="minor",
                                     text="told to", cleared=False)
                    channel.send("heartbeat")
                    said = now
                    print("here", flush=True)
                elif message["type"] == "bye":
                    raise Lost(message["reason"])
                elif message["type"] == "restart":
                    print("restart", message["reason"], flush=True)
                    sys.exit(0)
                elif message["type"] in ("replace", "prepare"):
                    # A part is of the request under way, and in its place.
                    expected = (message["id"], len(parts)) if belongs == message["id"] else (message["id"], 0)
                    if (message["id"], message["part"]) != expected or (belongs and belongs != message["id"]):
                        channel.lie(f"part {message['part']} of {message['id']} is out of turn")
                    belongs = None if message["last"] else message["id"]
                    parts.append(message["edits"])
                    if message["last"]:
                        edits, parts = [edit for part in parts for edit in part], []
                        self.answer(message, edits)
                elif message["type"] in ("invoke", "grant", "read"):
                    getattr(self, message["type"])(message)
                elif message["type"] in ("commit", "abort"):
                    self.answer(message, [])
            if welcomed and now - said >= beat / 2:
                channel.send("heartbeat")
                said = now

    def answer(self, request, edits):
        if request["id"] not in self.answers:
            errors = getattr(self, request["type"])(request["generation"], edits)
            self.answers[request["id"]] = {"ok": not errors, "errors": errors}
            while len(self.answers) > REMEMBERED:
                del self.answers[next(iter(self.answers))]
        self.channel.send("answer", id=request["id"], **self.answers[request["id"]])
        if request["type"] != "prepare" and self.options.state:
            self.channel.send("state", edits=[{
                "op": "put", "path": self.options.state,
                "value": {"generation": str(self.generation), "entries": len(self.records)}}])

    def errors(self, tag, text):
        return [{"tag": tag, "message": text}]

    def invoke(self, asked):
        text = asked["input"].get("text", "")
        if asked["operation"] not in self.options.operation or text == self.options.refuse:
            return self.channel.send("result", id=asked["id"], errors=self.errors("invalid-value", f"not {text}"))
        return self.channel.send("result", id=asked["id"], output={"text": text[::-1]}, errors=[])

    def grant(self, asked):
        if asked["client"] == self.options.refuse:
            return self.channel.send("granted", id=asked["id"], errors=self.errors("access-denied", "not to you"))
        token = hashlib.sha256(json.dumps([asked["client"], asked["scopes"]]).encode()).hexdigest()
        return self.channel.send("granted", id=asked["id"], token=token, errors=[])

    def read(self, asked):
        if asked["list"] not in self.options.list:
            return self.channel.send("rows", id=asked["id"], entries=[],
                                     errors=self.errors("operation-not-supported", "not mine"))
        if "keys" in asked:
            numbers = [asked["keys"]["id"]] if asked["keys"]["id"] < ENTRIES else []
            return self.channel.send("rows", id=asked["id"], entries=[{"id": n} for n in numbers], errors=[])
        begin = int(asked.get("after", "0"))
        end = min(begin + asked["maximum"], ENTRIES)
        more = {"after": str(end)} if end < ENTRIES else {}
        return self.channel.send("rows", id=asked["id"], entries=[{"id": n} for n in range(begin, end)], errors=[],
                                 **more)

    def replace(self, generation, edits):
        self.prepared, self.before = None, None
        self.records, self.generation = {}, generation
        apply(self.records, edits)
        return []

    def prepare(self, generation, edits):
        self.prepared = None
        errors = [{"path": edit["path"], "tag": "invalid-value", "message": f"{self.options.refuse} is refused"}
                  for edit in edits if self.options.refuse and self.options.refuse in json.dumps(edit)]
        if not errors:
            self.prepared = (generation, edits)
        return errors

    def commit(self, generation, _):
        if not self.prepared or self.prepared[0] != generation:
            return [{"tag": "operation-failed", "message": f"{generation} was not prepared"}]
        if self.options.fail and self.options.fail in json.dumps(self.prepared[1]):
            return [{"tag": "operation-failed", "message": f"{self.options.fail} fails"}]
        self.before = (generation, self.generation, apply(self.records, self.prepared[1]))
        self.generation, self.prepared = generation, None
        return []

    def abort(self, generation, _):
        self.prepared = None
        if self.before and self.before[0] == generation:
            _, self.generation, before = self.before
            take_back(self.records, before)
            self.before = None
        return []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("socket")
    parser.add_argument("name")
    parser.add_argument("--subscribe", action="append", default=[], metavar="PATH")
    parser.add_argument("--watch", action="append", default=[], metavar="PATH")
    parser.add_argument("--api", action="append", default=[], metavar="NAME=ENDPOINT")
    parser.add_argument("--lookup", action="append", default=[], metavar="NAME")
    parser.add_argument("--use", action="append", default=[], metavar="NAME", help="ask to be granted this API")
    parser.add_argument("--operation", action="append", default=[], metavar="PATH")
    parser.add_argument("--list", action="append", default=[], metavar="PATH")
    parser.add_argument("--alarm", action="append", default=[], metavar="KIND", help="stands all the time")
    parser.add_argument("--faces", type=int, default=2)
    parser.add_argument("--required", action="store_true")
    parser.add_argument("--state", metavar="PATH", help="container to report in")
    parser.add_argument("--refuse", metavar="WORD", help="refuse to prepare what has this word in it")
    parser.add_argument("--fail", metavar="WORD", help="refuse to commit what has this word in it")
    parser.add_argument("--trace", metavar="FILE")
    options = parser.parse_args()
    options.socket = os.path.abspath(options.socket)
    try:
        Component(options).run()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
