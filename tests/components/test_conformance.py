"""docs/component-protocol.md, from the side of a component: what it must do whatever the datastore says.

A datastore that can be told to say anything stands in for the real one. The tests are the same for a component in
Python that knows the page alone, and for one in Java on the SDK. One of your own, with the command line of
echo_component.py, is tested in their place by

    LAGOPUS_COMPONENT='COMMAND ...' pytest tests/components/test_conformance.py
"""

import json
import os
import pathlib
import shlex
import signal
import socket
import struct
import subprocess
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BEAT = 0.4
PATIENCE = 15


class Peer:
    """One connection of the component."""

    def __init__(self, connection):
        self.socket = connection
        self.incoming = b""
        self.beats = []
        self.state = None

    def say(self, kind, **members):
        self.body(json.dumps({"type": kind} | {name.replace("_", "-"): value for name, value in members.items()}).encode())

    def body(self, data):
        self.socket.sendall(struct.pack(">I", len(data)) + data)

    def hear(self, seconds=PATIENCE):
        """The next message, None if the connection ends."""
        until = time.monotonic() + seconds
        while len(self.incoming) < 4 or len(self.incoming) < 4 + struct.unpack(">I", self.incoming[:4])[0]:
            self.socket.settimeout(max(0.01, until - time.monotonic()))
            try:
                data = self.socket.recv(1 << 16)
            except ConnectionError:
                return None
            if not data:
                return None
            self.incoming += data
        length, = struct.unpack(">I", self.incoming[:4])
        message = json.loads(self.incoming[4:4 + length])
        self.incoming = self.incoming[4 + length:]
        if message["type"] == "state":
            value = message["edits"][0]["value"]
            self.state = value["entries"], int(value["generation"])
        elif message["type"] == "heartbeat":
            self.beats.append(time.monotonic())
        return message

    def expect(self, kind, **members):
        """The next message of that kind. Heartbeats are answered, so that the component stays."""
        while True:
            message = self.hear()
            assert message is not None, f"the connection ended, no {kind} came"
            if message["type"] == "heartbeat":
                self.say("heartbeat")
            if message["type"] != kind and message["type"] in ("heartbeat", "state", "alarm"):
                continue
            assert message["type"] == kind, message
            assert message.items() >= {n.replace("_", "-"): v for n, v in members.items()}.items(), message
            return message

    def ended(self):
        """Why the component closed: the reason of its bye, or nothing."""
        reason = ""
        while (message := self.hear()) is not None:
            if message["type"] == "bye":
                reason = message["reason"]
        return reason

    def ask(self, kind, number, **members):
        """A request in one part and its answer."""
        if kind in ("replace", "prepare"):
            members = {"part": 0, "last": True, "edits": []} | members
        if kind == "prepare":
            members = {"user": "admin", "base": 0} | members
        self.say(kind, id=number, **members)
        return self.expect("answer", id=number)

    def close(self):
        self.socket.close()


class Datastore:
    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(path))
        self.listener.listen()
        self.listener.settimeout(PATIENCE)

    def accept(self):
        """(peer, its hello)"""
        peer = Peer(self.listener.accept()[0])
        return peer, peer.expect("hello")

    def serve(self, instance="one", generation=7):
        """A component that is welcome."""
        peer, hello = self.accept()
        peer.say("welcome", generation=generation, heartbeat_millis=int(BEAT * 1000), prepare_millis=5000,
                 commit_millis=5000, replace_millis=5000, instance=instance)
        return peer, hello

    def close(self):
        self.listener.close()


YOURS = os.environ.get("LAGOPUS_COMPONENT")


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    """EchoComponent.java, compiled."""
    directory = tmp_path_factory.mktemp("classes")
    jdk = (ROOT / "build/jdk").read_text().strip()
    jars = f"{ROOT}/build/lib/lagopus/lagopus-dataplane/*"
    subprocess.run([f"{jdk}/bin/javac", "-cp", jars, "-d", directory, HERE / "EchoComponent.java"], check=True)
    return [f"{jdk}/bin/java", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{directory}:{jars}", "EchoComponent"]


class World:
    def __init__(self, command, directory):
        self.path = directory / "components.sock"
        self.command = command
        self.datastore = None
        self.process = None

    def listen(self):
        self.datastore = Datastore(self.path)
        return self.datastore

    def start(self, *options):
        self.process = subprocess.Popen([*self.command, self.path, "echo", "--state", "/echo:echo/state",
                                         *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def serve(self, *options, **settings):
        """A component under way, which was told generation 7 with one entry."""
        self.listen()
        self.start("--subscribe", "/echo:echo", *options)
        peer, hello = self.datastore.serve(**settings)
        assert peer.ask("replace", 1, generation=7, edits=[put("a", "1")])["ok"] is True
        return peer, hello

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
        if self.datastore:
            self.datastore.close()


@pytest.fixture(params=["yours"] if YOURS else ["python", "java"])
def world(request, tmp_path, classes):
    commands = {"java": classes, "python": ["/usr/bin/python3", HERE / "echo_component.py"],
                "yours": shlex.split(YOURS or "")}
    made = World(commands[request.param], tmp_path)
    yield made
    made.close()


def put(name, value):
    return {"op": "put", "path": f"/echo:echo/entry[name='{name}']", "value": {"name": name, "value": value}}


def holds(peer, entries, generation):
    """Until it has said that it holds so many entries of that generation; when it says so is its own affair."""
    while peer.state != (entries, generation):
        peer.expect("heartbeat")
    return True


pytestmark = pytest.mark.requirement("R1 R3 R66")


def test_it_waits_for_a_datastore_and_says_hello_first(world):
    world.start("--subscribe", "/echo:echo", "--watch", "/echo:echo/entry", "--api", "echo.api=/here", "--required",
                "--faces", "1", "--operation", "/echo:turn", "--list", "/echo:echo/row")
    time.sleep(1)
    assert world.process.poll() is None
    peer, hello = world.listen().accept()
    assert hello["protocol"] == 1 and hello["name"] == "echo" and hello["version"]
    assert hello["faces"] == 1 and hello["required"] is True
    assert hello["subscriptions"] == ["/echo:echo"] and hello["watches"] == ["/echo:echo/entry"]
    assert hello["operations"] == ["/echo:turn"] and hello["lists"] == ["/echo:echo/row"]
    assert hello["apis"] == [{"name": "echo.api", "version": "1", "endpoint": "/here", "transport": "test",
                              "scopes": ["use"]}]
    assert hello.get("generation", 0) == 0 and hello.get("instance") is None
    # One that is not welcome tries again.
    peer.say("bye", reason="not now")
    peer.close()
    world.datastore.accept()


def test_it_beats_and_notices_silence(world):
    peer, _ = world.serve()
    peer.beats.clear()
    for _ in range(6):
        peer.expect("heartbeat")
    gaps = [later - earlier for earlier, later in zip(peer.beats, peer.beats[1:])]
    assert max(gaps) < 1.5 * BEAT, gaps
    begun = time.monotonic()
    peer.ended()
    assert 2 * BEAT < time.monotonic() - begun < 3 * BEAT + 2
    world.datastore.accept()


def test_two_phases(world):
    peer, _ = world.serve()
    assert holds(peer, 1, 7)
    assert peer.ask("prepare", 2, generation=8, base=7, edits=[put("b", "1"), put("c", "1")])["ok"] is True
    assert peer.ask("commit", 3, generation=8)["ok"] is True
    assert holds(peer, 3, 8)
    removal = {"op": "remove", "path": "/echo:echo/entry[name='a']"}
    assert peer.ask("prepare", 4, generation=9, base=8, edits=[removal, put("b", "2")])["ok"] is True
    assert peer.ask("abort", 5, generation=9)["ok"] is True
    assert holds(peer, 3, 8)
    # After a commit, the way back.
    peer.ask("prepare", 6, generation=10, base=8, edits=[removal])
    peer.ask("commit", 7, generation=10)
    assert holds(peer, 2, 10)
    assert peer.ask("abort", 8, generation=10)["ok"] is True
    assert holds(peer, 3, 8)
    # Of what it never heard of: harmless.
    assert peer.ask("abort", 9, generation=99)["ok"] is True
    assert holds(peer, 3, 8)
    refused = peer.ask("commit", 10, generation=98)
    assert refused["ok"] is False and refused["errors"][0]["message"]


def test_a_refusal_names_the_node_and_changes_nothing(world):
    peer, _ = world.serve("--refuse", "evil", "--fail", "broken")
    refused = peer.ask("prepare", 2, generation=8, base=7, edits=[put("b", "evil")])
    assert refused["ok"] is False
    assert refused["errors"] == [{"path": "/echo:echo/entry[name='b']", "tag": "invalid-value",
                                  "message": "evil is refused"}]
    peer.ask("prepare", 3, generation=9, base=7, edits=[put("b", "broken")])
    failed = peer.ask("commit", 4, generation=9)
    assert failed["ok"] is False and failed["errors"][0]["message"] == "broken fails"
    peer.ask("abort", 5, generation=9)
    assert holds(peer, 1, 7)


def test_parts_are_one_request(world):
    peer, _ = world.serve()
    for part in range(3):
        peer.say("prepare", id=2, generation=8, base=7, part=part, last=part == 2, edits=[put(f"n{part}", "1")],
                 user="admin")
    peer.expect("answer", id=2, ok=True)
    peer.ask("commit", 3, generation=8)
    assert holds(peer, 4, 8)
    for part in range(2):
        peer.say("replace", id=4, generation=9, part=part, last=part == 1, edits=[put(f"m{part}", "1")])
    peer.expect("answer", id=4, ok=True)
    assert holds(peer, 2, 9)


def test_a_part_out_of_turn_ends_the_connection(world):
    peer, _ = world.serve()
    peer.say("replace", id=2, generation=8, part=0, last=False, edits=[])
    peer.say("replace", id=2, generation=8, part=2, last=True, edits=[])
    assert "out of turn" in peer.ended()


def test_an_id_is_answered_again_and_done_once(world):
    peer, _ = world.serve()
    peer.ask("prepare", 2, generation=8, base=7, edits=[put("b", "1")])
    assert peer.ask("commit", 3, generation=8)["ok"] is True
    assert peer.ask("commit", 3, generation=8)["ok"] is True
    assert peer.ask("prepare", 2, generation=8, base=7, edits=[put("b", "1")])["ok"] is True
    peer.close()
    # Also over a connection.
    peer, hello = world.datastore.serve(generation=8)
    assert (hello["generation"], hello["instance"]) == (8, "one")
    assert peer.ask("commit", 3, generation=8)["ok"] is True
    assert peer.ask("commit", 4, generation=8)["ok"] is False


def test_what_is_prepared_is_forgotten_with_the_connection(world):
    peer, _ = world.serve()
    peer.ask("prepare", 2, generation=8, base=7, edits=[put("b", "1")])
    peer.close()
    peer, hello = world.datastore.serve()
    assert (hello["generation"], hello["instance"]) == (7, "one")
    assert peer.ask("commit", 3, generation=8)["ok"] is False


def test_another_history_is_another_beginning(world):
    peer, _ = world.serve()
    peer.close()
    peer, hello = world.datastore.serve(instance="two", generation=3)
    assert hello["instance"] == "one"
    # Ids begin anew with it: 1 was the replace of the history before.
    assert peer.ask("replace", 1, generation=3, edits=[put("x", "1"), put("y", "1")])["ok"] is True
    assert holds(peer, 2, 3)
    peer.close()
    assert world.datastore.accept()[1]["instance"] == "two"


@pytest.mark.parametrize("body", [
    b"{", b"[]", b"\xff\xfe", b'{"type": "dance"}', b'{"type": "commit"}', b'{"id": 1}',
    b'{"type": "commit", "id": 4, "id": 5, "generation": 7}'], ids=["cut", "list", "bytes", "unknown", "empty", "typeless", "twice"])
def test_nonsense_ends_the_connection_with_a_reason(world, body):
    peer, _ = world.serve()
    peer.body(body)
    assert peer.ended()
    world.datastore.accept()


def test_a_frame_that_is_too_long_is_not_waited_for(world):
    peer, _ = world.serve()
    peer.socket.sendall(struct.pack(">I", 16 * 1024 * 1024 + 1))
    assert "16777217" in peer.ended()


def test_members_it_does_not_know_are_no_reason(world):
    peer, _ = world.serve()
    assert peer.ask("prepare", 2, generation=8, base=7, edits=[], weather="fine", comment="why not")["ok"] is True
    assert peer.ask("commit", 3, generation=8, moon={"phase": 3})["ok"] is True


def test_requests_before_the_welcome_are_none(world):
    world.listen()
    world.start("--subscribe", "/echo:echo")
    peer, _ = world.datastore.accept()
    peer.say("commit", id=1, generation=7)
    assert "welcome" in peer.ended()


def test_it_carries_out_operations(world):
    peer, _ = world.serve("--operation", "/echo:turn", "--refuse", "evil")
    peer.say("invoke", id=2, operation="/echo:turn", input={"text": "abc"}, user="admin")
    assert peer.expect("result", id=2)["output"] == {"text": "cba"}
    peer.say("invoke", id=3, operation="/echo:turn", input={"text": "evil"}, user="admin")
    assert peer.expect("result", id=3)["errors"][0]["tag"] == "invalid-value"


def test_it_grants_and_is_granted(world):
    world.listen()
    world.start("--api", "echo.api=/here", "--refuse", "evil", "--lookup", "other.api", "--use", "other.api")
    peer, _ = world.datastore.serve()
    kinds = {}
    while not {"lookup-api", "request-grant"} <= kinds.keys():
        message = peer.hear()
        kinds[message["type"]] = message
    assert kinds["lookup-api"]["name"] == "other.api"
    assert (kinds["request-grant"]["api"], kinds["request-grant"]["scopes"]) == ("other.api", ["use"])
    peer.say("apis", id=kinds["lookup-api"]["id"], apis=[])
    peer.say("granted", id=kinds["request-grant"]["id"], errors=[{"tag": "access-denied", "message": "no"}])

    tokens = set()
    for number, (client, scopes) in enumerate([("a", ["use"]), ("b", ["use"]), ("a", [])], 10):
        peer.say("grant", id=number, api="echo.api", client=client, scopes=scopes)
        tokens.add(peer.expect("granted", id=number)["token"])
    assert len(tokens) == 3
    peer.say("revoke", api="echo.api", client="a")
    peer.say("grant", id=20, api="echo.api", client="evil", scopes=[])
    refused = peer.expect("granted", id=20)
    assert refused.get("token") is None and refused["errors"][0]["tag"] == "access-denied"


def test_its_lists_are_read_in_pages_and_by_key(world):
    peer, _ = world.serve("--list", "/echo:echo/row")
    found, after, number = [], None, 2
    while number == 2 or after is not None:
        more = {} if after is None else {"after": after}
        peer.say("read", id=number, list="/echo:echo/row", maximum=10, **more)
        rows = peer.expect("rows", id=number)
        assert 0 < len(rows["entries"]) <= 10 and rows["errors"] == []
        found += rows["entries"]
        after, number = rows.get("after"), number + 1
    assert found == [{"id": n} for n in range(25)] and number == 5
    peer.say("read", id=10, list="/echo:echo/row", keys={"id": 24}, maximum=10)
    assert peer.expect("rows", id=10)["entries"] == [{"id": 24}]
    peer.say("read", id=11, list="/echo:echo/row", keys={"id": 25}, maximum=10)
    assert peer.expect("rows", id=11)["entries"] == []
    peer.say("read", id=12, list="/echo:echo/other", maximum=10)
    assert peer.expect("rows", id=12)["errors"]


def test_a_notice_is_not_answered(world):
    peer, _ = world.serve("--watch", "/echo:echo")
    peer.say("notify", generation=8, part=0, last=True, edits=[put("z", "1")], user="admin")
    assert peer.ask("prepare", 2, generation=9, base=8, edits=[])["ok"] is True


def test_standing_alarms_come_before_the_first_heartbeat(world):
    world.listen()
    world.start("--subscribe", "/echo:echo", "--alarm", "hot", "--alarm", "late")
    for _ in range(2):
        peer, _ = world.datastore.serve()
        kinds = []
        while (message := peer.hear())["type"] != "heartbeat":
            if message["type"] == "alarm":
                kinds.append(message["type-id"])
                assert message["cleared"] is False and message["severity"] == "minor"
        assert sorted(kinds) == ["hot", "late"]
        peer.close()


def test_it_ends_when_an_operator_says_so(world):
    peer, _ = world.serve()
    peer.say("restart", reason="for admin")
    assert world.process.wait(PATIENCE) == 0


def test_it_does_not_lose_what_it_runs_with_the_datastore(world):
    peer, _ = world.serve()
    world.datastore.close()
    peer.close()
    world.path.unlink()
    time.sleep(1)
    _, hello = world.listen().accept()
    assert (hello["generation"], hello["instance"]) == (7, "one")
