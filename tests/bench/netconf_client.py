"""A NETCONF client that costs little beside the server it measures.

It frames (RFC 6242) and times messages and does not parse replies beyond looking for rpc-error;
ncclient would be what is measured. It speaks to any server:

    netconf_client.py --host HOST --port 830 --user admin --password X [--sizes 0,1000,100000]

needs a writable list on the server, by default that of bench-list.yang.
"""

import argparse
import json
import multiprocessing
import pathlib
import re
import socket
import statistics
import time

import paramiko

BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
BASE_1_1 = "urn:ietf:params:netconf:base:1.1"
PRIVATE_CANDIDATE = "urn:ietf:params:netconf:capability:private-candidate:1.0"


def hello(capabilities):
    return (f'<hello xmlns="{BASE}"><capabilities>'
            + "".join(f"<capability>{one}</capability>" for one in capabilities)
            + "</capabilities></hello>]]>]]>")


class RpcError(Exception):
    pass


class Session:
    def __init__(self, host, port, user, password, timeout=300, capabilities=(BASE_1_1,)):
        wire = socket.create_connection((host, port), 10)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.transport = paramiko.Transport(wire, default_window_size=1 << 24)
        self.transport.start_client(timeout=30)
        self.transport.auth_password(user, password)
        self.channel = self.transport.open_session(window_size=1 << 24)
        self.channel.settimeout(timeout)
        self.channel.invoke_subsystem("netconf")
        self.buffer = bytearray()
        self.message_id = 0
        self.channel.sendall(hello(capabilities).encode())
        while b"]]>]]>" not in self.buffer:
            self._more()
        del self.buffer[: self.buffer.index(b"]]>]]>") + 6]

    def _more(self):
        data = self.channel.recv(1 << 20)
        if not data:
            raise EOFError("the server closed the session")
        self.buffer += data

    def _receive(self):
        parts, at = [], 0
        while True:
            while (end := self.buffer.find(b"\n", at + 2)) < 0:
                self._more()
            size = bytes(self.buffer[at + 2: end])
            at = end + 1
            if size == b"#":
                del self.buffer[:at]
                return b"".join(parts)
            while len(self.buffer) < at + int(size):
                self._more()
            parts.append(bytes(self.buffer[at: at + int(size)]))
            at += int(size)
            if at > 1 << 22:
                del self.buffer[:at]
                at = 0

    def rpc(self, body):
        """(reply, seconds)"""
        self.message_id += 1
        message = f'<rpc xmlns="{BASE}" message-id="{self.message_id}">{body}</rpc>'.encode()
        begun = time.perf_counter()
        self.channel.sendall(b"\n#%d\n%s\n##\n" % (len(message), message))
        reply = self._receive()
        took = time.perf_counter() - begun
        if b"rpc-error>" in reply[:4096]:
            raise RpcError(reply[:1500].decode(errors="replace"))
        return reply, took

    def close(self):
        self.rpc("<close-session/>")
        self.transport.close()


def entries(numbers, revision):
    return "".join(f"<route><id>{i}</id><prefix>10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}/32</prefix>"
                   f"<next-hop>192.0.2.1</next-hop><metric>{revision}</metric></route>" for i in numbers)


def edit(session, inside, mark=""):
    return session.rpc(f'<edit-config><target><candidate/></target><config><routes xmlns="urn:bench:list"'
                       f' xmlns:nc="{BASE}"{mark}>{inside}</routes></config></edit-config>')[1]


def memory(daemon):
    """MiB that the process has in memory."""
    status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024


def single_commits(session, base, count, seconds):
    """Seconds of edit-config and commit of one entry, one after the other."""
    took, until = [], time.perf_counter() + seconds
    for number in range(count):
        took.append(edit(session, entries([base + number], number)) + session.rpc("<commit/>")[1])
        if time.perf_counter() > until:
            break
    return took


def private_writer(where, number, ready, go, seconds, made):
    """One process with a session of its own candidate; puts how many commits it made in the time."""
    session = Session(*where, capabilities=(BASE_1_1, PRIVATE_CANDIDATE))
    first = number * 1_000_000
    single_commits(session, first, 30, seconds)  # warm
    ready.release()
    go.wait()
    made.put(len(single_commits(session, first + 1000, 1 << 20, seconds)))
    session.close()


def private_commits(where, sessions, seconds):
    """Commits in a second by so many sessions at the same time, each with a candidate of its own."""
    context = multiprocessing.get_context("spawn")
    ready, go, made = context.Semaphore(0), context.Event(), context.Queue()
    writers = [context.Process(target=private_writer, args=(where, number, ready, go, seconds, made), daemon=True)
               for number in range(1, sessions + 1)]
    try:
        for writer in writers:
            writer.start()
        for _ in writers:
            if not ready.acquire(timeout=120):
                raise TimeoutError("a writer is not ready")
        go.set()
        total = sum(made.get(timeout=seconds + 120) for _ in writers)
        for writer in writers:
            writer.join(30)
        return total / seconds
    finally:
        for writer in writers:
            writer.kill()


def measure(session, sizes, count=200, seconds=20):
    """{size: {what: seconds or per second}} for each length of the list."""
    found = {}
    for size in sizes:
        edit(session, "", ' nc:operation="remove"')
        session.rpc("<commit/>")
        one = found[size] = {}
        if size:
            one["load-edit"] = edit(session, entries(range(size), 0))
            one["load-commit"] = session.rpc("<commit/>")[1]
            reply, one["get-all"] = session.rpc(
                '<get-config><source><running/></source><filter><routes xmlns="urn:bench:list"/></filter></get-config>')
            if reply.count(b"<route>") != size:
                raise RpcError(f"{reply.count(b'<route>')} of {size} entries came back")
        single_commits(session, size + count, 20, seconds)  # warm
        took = single_commits(session, size, count, seconds)
        one["commit-p50"] = statistics.median(took)
        one["commits-per-second"] = len(took) / sum(took)
        reads = [session.rpc('<get-config><source><running/></source><filter><routes xmlns="urn:bench:list"><route>'
                             f"<id>{size}</id></route></routes></filter></get-config>")[1] for _ in range(count)]
        one["gets-per-second"] = len(reads) / sum(reads)
    edit(session, "", ' nc:operation="remove"')
    session.rpc("<commit/>")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=830)
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password", required=True)
    parser.add_argument("--sizes", default="0,1000,100000")
    arguments = parser.parse_args()
    session = Session(arguments.host, arguments.port, arguments.user, arguments.password)
    print(json.dumps(measure(session, [int(size) for size in re.split(",", arguments.sizes)]), indent=1))
    session.close()


if __name__ == "__main__":
    main()
