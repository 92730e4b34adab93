"""Clients that mean no good, or cannot do better: what they send ends in a defined error, and everybody
else is served as before (R2, R14)."""

import http.client
import re
import socket
import threading
import time

import paramiko
import pytest
from bench.netconf_client import BASE_1_1, RpcError, Session, edit, entries, hello, memory
from conftest import ROOT, eventually

BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
BENCH = ROOT / "tests/bench/yang"
MANY = 100_000
CLIENTS = 10
REPLY = 11  # MiB of the reply with all entries, about


def rpc(body, prolog=""):
    return f'{prolog}<rpc xmlns="{BASE}" xmlns:nc="{BASE}" message-id="1">{body}</rpc>'


def chunk(text):
    octets = text if isinstance(text, bytes) else text.encode()
    return b"\n#%d\n%s\n##\n" % (len(octets), octets)


def config(content):
    return rpc(f'<edit-config><target><candidate/></target><config><routes xmlns="urn:bench:list">{content}'
               "</routes></config></edit-config>")


def entity(levels=20, of=10):
    inner = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * of}">' for i in range(1, levels))
    return f'<!DOCTYPE a [<!ENTITY a0 "lol">{inner}]>'


# What is said after the hellos, in chunked framing where it is a message.
HOSTILE = {
    "entity-expansion": chunk(rpc("<get>&a19;</get>", entity())),
    "external-entity": chunk(rpc("<get>&a;</get>", '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>')),
    "parameter-entity": chunk(rpc("<get/>", '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x">%p;]>')),
    "deep-nesting": chunk(rpc("<a>" * 100_000)),
    "deep-config": chunk(config("<route>" * 5000 + "</route>" * 5000)),
    "deep-filter": chunk(rpc(f"<get><filter>{'<a>' * 90}{'</a>' * 90}</filter></get>")),
    "wide-filter": chunk(rpc(f"<get><filter>{'<a/>' * 50_000}</filter></get>")),
    "huge-number": chunk(config(f"<route><id>{'9' * 100_000}</id></route>")),
    "huge-text": chunk(config(f"<route><id>1</id><prefix>{'x' * 3_000_000}</prefix></route>")),
    "huge-name": chunk(rpc(f"<{'n' * 500_000}/>")),
    "many-attributes": chunk(rpc("<get " + " ".join(f'a{i}="{i}"' for i in range(20_000)) + "/>")),
    "huge-attribute": chunk(rpc(f'<get a="{"v" * 2_000_000}"/>')),
    "many-namespaces": chunk(rpc("<get " + " ".join(f'xmlns:a{i}="u{i}"' for i in range(20_000)) + "/>")),
    "huge-comment": chunk(rpc(f"<!--{'c' * 3_000_000}--><get-config/>")),
    "invalid-utf-8": chunk(rpc("<get/>").encode().replace(b"<get/>", b"<get>\xc3\x28\xff</get>")),
    "overlong-utf-8": chunk(rpc("<get/>").encode().replace(b"<get/>", b"<get>\xc0\xaf</get>")),
    "nul": chunk(rpc("<get>\0</get>")),
    "nul-reference": chunk(rpc("<get>&#0;</get>")),
    "utf-16": chunk(rpc("<get/>").encode("utf-16")),
    "not-xml": chunk(b"\x00\x01\x02\x03"),
    "torn-xml": chunk(rpc("<get>")[:-6]),
    "two-documents": chunk(rpc("<get/>") * 2),
    "chunk-of-nothing": b"\n#0\n\n##\n",
    "chunk-at-the-limit": b"\n#4294967295\n<rpc" + b" " * 100_000,
    "chunk-over-the-limit": b"\n#4294967296\n<rpc",
    "chunk-size-without-end": b"\n#" + b"1" * 1_000_000,
    "chunk-with-sign": b"\n#-1\n<rpc/>\n##\n",
    "chunk-with-zeros": b"\n#0000006\n<rpc/>\n##\n",
    "end-of-nothing": b"\n##\n",
    "many-tiny-chunks": b"".join(b"\n#1\n%c" % octet for octet in rpc("<get-config/>").encode()) + b"\n##\n",
    "end-of-message-mark": rpc("<get/>").encode() + b"]]>]]>",
    "noise": bytes(range(256)) * 400,
}
HARMLESS = {"many-namespaces"}  # a large hat on a small request


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    from conftest import Lagopusd

    started = Lagopusd(tmp_path_factory.mktemp("hostile") / "state", "--yang", BENCH)
    yield started
    started.stop()


def connect(daemon, **options):
    return Session("127.0.0.1", daemon.netconf_port, daemon.user, daemon.password, **options)


def count_of(session):
    reply, _ = session.rpc('<get><filter><netconf-state xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring">'
                           "<sessions/></netconf-state></filter></get>")
    return len(re.findall(rb"<session-id>", reply))


def serves(daemon):
    """A new session edits, commits and reads, and RESTCONF answers."""
    session = connect(daemon)
    edit(session, entries([1], 1))
    session.rpc("<commit/>")
    edit(session, "", ' nc:operation="remove"')
    session.rpc("<commit/>")
    session.close()
    assert daemon.curl("GET", "/restconf/data/bench-list:routes")[0] in (200, 404)
    log = daemon.log.read_text()
    assert "request failed" not in log and "OutOfMemory" not in log, log[-3000:]


@pytest.mark.requirement("R2 R14")
@pytest.mark.parametrize("name", HOSTILE)
def test_what_it_says_over_ssh_is_refused_and_the_box_serves_on(daemon, name):
    session = connect(daemon, timeout=60)
    said = HOSTILE[name]
    sender = threading.Thread(target=lambda: send(session.channel, said), daemon=True)
    sender.start()
    heard = answer(session.channel)
    assert heard is None or b"<rpc-error>" in heard or name in HARMLESS, heard[:1000]
    session.transport.close()
    sender.join(20)
    assert not sender.is_alive()
    serves(daemon)


def send(channel, octets):
    try:
        channel.sendall(octets)
        channel.shutdown_write()
    except (OSError, EOFError):
        pass  # the server has closed before the end


def answer(channel):
    """The first reply, or None if the server closed the session without one."""
    heard = b""
    while b"</rpc-reply>" not in heard:
        try:
            data = channel.recv(1 << 16)
        except socket.timeout:
            raise AssertionError(f"neither answered nor closed: {heard[:500]}") from None
        if not data:
            return heard or None
        heard += data
    return heard


BODY = b'{"bench-list:routes":{"route":[{"id":1,"metric":%s}]}}'
PUT = "PUT /restconf/data/bench-list:routes HTTP/1.1"
# Head line, further headers and body; a length is added where there is none.
REQUESTS = {
    "deep-json": (PUT, [], b'{"bench-list:routes":' * 50_000),
    "deep-lists": (PUT, [], b"[" * 1_000_000),
    "huge-number": (PUT, [], BODY % (b"9" * 200_000)),
    "huge-exponent": (PUT, [], BODY % b"1e999999999"),
    "negative": (PUT, [], BODY % b"-1"),
    "fraction": (PUT, [], BODY % b"1.5"),
    "invalid-utf-8": (PUT, [], BODY % b'"\xc3\x28"'),
    "nul": (PUT, [], BODY % b'"\\u0000"'),
    "half-surrogate": (PUT, [], BODY % b'"\\ud800"'),
    "twice": (PUT, [], b'{"bench-list:routes":{"route":[]},"bench-list:routes":{}}'),
    "torn": (PUT, [], BODY[:20]),
    "entity-expansion": (PUT, ["Content-Type: application/yang-data+xml"],
                         (entity() + '<routes xmlns="urn:bench:list">&a19;</routes>').encode()),
    "deep-xml": (PUT, ["Content-Type: application/yang-data+xml"], b'<routes xmlns="urn:bench:list">' + b"<route>" * 50_000),
    "bad-chunk": (PUT, ["Transfer-Encoding: chunked"], b"zz\r\n{}\r\n0\r\n\r\n"),
    "huge-chunk": (PUT, ["Transfer-Encoding: chunked"], b"FFFFFFFFFFFFFFFFFF\r\n{}"),
    "two-lengths": (PUT, ["Content-Length: 5", "Content-Length: 6"], b"{}"),
    "negative-length": (PUT, ["Content-Length: -1"], b"{}"),
    "huge-length": (PUT, ["Content-Length: 99999999999999999999"], b"{}"),
    "long-uri": ("GET /restconf/data/" + "a" * 100_000 + " HTTP/1.1", [], b""),
    "nul-in-uri": ("GET /restconf/data/bench-list:routes/route=%00 HTTP/1.1", [], b""),
    "bad-utf-8-in-uri": ("GET /restconf/data/bench-list:routes/route=%C3%28 HTTP/1.1", [], b""),
    "up-and-out": ("GET /restconf/data/../../etc/passwd HTTP/1.1", [], b""),
    "deep-fields": ("GET /restconf/data?fields=" + "a(" * 2_000 + " HTTP/1.1", [], b""),
    "huge-depth": ("GET /restconf/data?depth=99999999999 HTTP/1.1", [], b""),
    "many-headers": ("GET /restconf/data HTTP/1.1", [f"X-{i}: {i}" for i in range(5_000)], b""),
    "huge-header": ("GET /restconf/data HTTP/1.1", ["X: " + "y" * 200_000], b""),
    "no-version": ("GET /restconf/data", [], b""),
    "noise": ("\x00\x01\x02", [], bytes(range(256))),
}


@pytest.mark.requirement("R2 R14")
@pytest.mark.parametrize("name", REQUESTS)
def test_what_it_asks_of_restconf_is_refused_and_the_box_serves_on(daemon, name):
    head, headers, body = REQUESTS[name]
    if not any(header.lower().startswith("content-type") for header in headers):
        headers = headers + ["Content-Type: application/yang-data+json"]
    if body and not any(header.startswith(("Content-Length", "Transfer-Encoding")) for header in headers):
        headers = headers + [f"Content-Length: {len(body)}"]
    lines = [head, "Host: box", "Connection: close", "Authorization: Basic YWRtaW46c2VjcmV0", *headers]
    host, _, port = daemon.url.rpartition("/")[2].partition(":")
    with socket.create_connection((host, int(port)), 30) as wire:
        wire.settimeout(60)
        try:
            wire.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
            wire.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused before the end
        answer = http.client.HTTPResponse(wire)
        try:
            answer.begin()
            status = answer.status
        except (http.client.HTTPException, OSError):
            status = None
    assert status is None or 400 <= status < 500 or status in (503, 505), status
    serves(daemon)


def whole(session):
    return session.rpc('<get-config><source><running/></source><filter><routes xmlns="urn:bench:list"/></filter></get-config>')


class Stalled:
    """Asks for everything and reads the beginning."""

    ASKED = chunk(rpc('<get-config><source><running/></source><filter><routes xmlns="urn:bench:list"/></filter></get-config>'))

    def __init__(self, daemon):
        self.transport = paramiko.Transport(socket.create_connection(("127.0.0.1", daemon.netconf_port), 10))
        self.transport.start_client(timeout=30)
        self.transport.auth_password(daemon.user, daemon.password)
        self.channel = self.transport.open_session(window_size=1 << 17)
        self.channel.settimeout(60)
        self.channel.invoke_subsystem("netconf")
        heard = b""
        while b"]]>]]>" not in heard:
            heard += self.channel.recv(1 << 16)
        self.channel.sendall(hello((BASE_1_1,)).encode())
        self.channel.sendall(self.ASKED)
        assert self.channel.recv(1000)


@pytest.mark.requirement("R2")
def test_ten_clients_that_stop_reading_cost_little_disturb_nobody_and_are_dropped(daemon):
    session = connect(daemon)
    edit(session, entries(range(MANY), 0))
    session.rpc("<commit/>")
    for _ in range(3):  # the heap has its size
        reply, _ = whole(session)
    assert len(reply) > REPLY * (1 << 20) * 0.8
    before = memory(daemon)
    there = count_of(session)
    stalled = [Stalled(daemon) for _ in range(CLIENTS)]
    try:
        begun = time.monotonic()
        for number in range(20):
            found, _ = session.rpc('<get-config><source><running/></source><filter><routes xmlns="urn:bench:list">'
                                   f"<route><id>{number}</id></route></routes></filter></get-config>")
            assert b"<metric>" in found
            edit(session, entries([number], number))
            session.rpc("<commit/>")
        took = time.monotonic() - begun
        cost = memory(daemon) - before
        print(f"{CLIENTS} stalled clients: {cost:.1f} MiB, copies would be {CLIENTS * REPLY}; "
              f"20 commits beside them in {took:.2f} s")
        assert cost < CLIENTS * REPLY / 3
        eventually(lambda: count_of(session) <= there, 90, 1, "the stalled clients are dropped")
        assert whole(session)[0].count(b"<route>") == MANY
    finally:
        for client in stalled:
            client.transport.close()
        edit(session, "", ' nc:operation="remove"')
        session.rpc("<commit/>")
        session.close()


@pytest.mark.requirement("R2 R14")
def test_what_is_longer_than_the_limits_is_too_big(daemon):
    session = connect(daemon)
    text = f"<route><id>1</id><prefix>{'x' * (2 << 20)}</prefix></route>"
    octets = f"<!--{'x' * 1000}-->" * (66 << 10)
    deep = f"<get><filter>{'<a>' * 90}{'</a>' * 90}</filter></get>"
    for asked in (lambda: edit(session, text), lambda: edit(session, octets), lambda: session.rpc(deep)):
        with pytest.raises(RpcError, match="<error-tag>too-big</error-tag>"):
            asked()
    session.close()
