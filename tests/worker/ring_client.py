"""A client of the worker in Python: rings, messages straight from ring.msg, counters.

It knows nothing but the pages ring.h, handover.h and counter_segment.h, and is the second reader of
ring.msg beside the generator.
"""

import array
import ipaddress
import itertools
import mmap
import os
import pathlib
import re
import socket
import stat
import struct
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WORKER = pathlib.Path(os.environ.get("LAGOPUS_WORKER", ROOT / "build/dataplane/lagopus-worker"))

SIZES = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "bool": "B"}
HEADER = struct.Struct("=HHIQIIQ")


class Schema:
    """ring.msg, read."""

    def __init__(self, path):
        self.enums, self.messages, self.structs, self.types = {}, {}, {}, {}
        current = None
        for line in path.read_text().splitlines():
            line = line.split("#")[0].rstrip()
            if not line:
                continue
            words = line.split()
            if not line.startswith(" "):
                kind, name = words[0], words[1]
                if kind == "enum":
                    current = self.enums.setdefault(name, {})
                elif kind == "message":
                    current = self.messages.setdefault(name, [])
                    self.types[name] = int(words[2])
                else:
                    current = self.structs.setdefault(name, [])
            elif isinstance(current, dict):
                current[words[0]] = int(words[1])
            elif words[0] == "array":
                current.append(("array", words[1], words[2]))
            else:
                current.append(("field", words[0], words[1]))
        self.names = {number: name for name, number in self.types.items()}

    def pack(self, fields, values, arrays=True):
        out = b""
        for kind, what, name in fields:
            value = values.get(name.replace("-", "_"))
            if kind == "array":
                for element in value or []:
                    out += self.pack(self.structs[what], element)
            elif name.endswith("-count"):
                out += struct.pack("=I", len(values.get(name[:-6].replace("-", "_"), [])))
            elif (sized := re.fullmatch(r"(text|u8)\[(\d+)\]", what)):
                data = (value or b"") if isinstance(value, (bytes, type(None))) else value.encode()
                out += data.ljust(int(sized[2]), b"\0")
            elif what == "mac":
                out += bytes.fromhex((value or "00" * 6).replace(":", ""))
            elif what in ("ip4", "ip6"):
                size = 4 if what == "ip4" else 16
                data = ipaddress.ip_address(value).packed if value else b""
                out += data.ljust(size, b"\0")
            else:
                if isinstance(value, str):
                    value = self.enums[what][value]
                out += struct.pack("=" + SIZES.get(what, "B"), int(value or 0))
        return out

    def unpack(self, fields, data, at=0):
        values = {}
        for kind, what, name in fields:
            key = name.replace("-", "_")
            if kind == "array":
                count = values[key + "_count"]
                values[key] = []
                for _ in range(count):
                    element, at = self.unpack(self.structs[what], data, at)
                    values[key].append(element)
            elif (sized := re.fullmatch(r"(text|u8)\[(\d+)\]", what)):
                raw = data[at:at + int(sized[2])]
                values[key] = raw.split(b"\0")[0].decode() if sized[1] == "text" else raw
                at += int(sized[2])
            elif what == "mac":
                values[key] = data[at:at + 6].hex(":")
                at += 6
            elif what in ("ip4", "ip6"):
                size = 4 if what == "ip4" else 16
                values[key] = data[at:at + size]
                at += size
            else:
                code = struct.Struct("=" + SIZES.get(what, "B"))
                number, = code.unpack_from(data, at)
                if what in self.enums:
                    number = next((n for n, v in self.enums[what].items() if v == number), number)
                values[key] = number
                at += code.size
        return values, at


SCHEMA = Schema(ROOT / "dataplane-fpga-dpdk/ring/ring.msg")


class Refused(Exception):
    """An answer other than ok."""

    def __init__(self, answer):
        super().__init__(f"{answer['error']} ({answer['object']} {answer['object_id']}): {answer['text']}")
        self.error, self.object = answer["error"], answer["object"]
        self.object_id, self.text, self.detail = answer["object_id"], answer["text"], answer["detail"]


class Gone(Exception):
    """The worker's socket ended."""


class Ring:
    MAGIC, SLOTS_AT = 0x474E49524F47414C, 4096

    def __init__(self, fd):
        self.map = mmap.mmap(fd, 0)
        os.close(fd)
        magic, version, self.slot, self.capacity = struct.unpack_from("=QIIQ", self.map, 0)
        assert magic == self.MAGIC and version == 1
        self.words = memoryview(self.map).cast("Q")
        self.position = 0

    def word(self, at):
        return self.words[at // 8]

    def store(self, at, value):
        self.words[at // 8] = value  # in one store: the worker must not see half of it

    def at(self, index):
        return index % self.capacity * self.slot

    def slots(self, size):
        return -(-(8 + size) // self.slot)

    def offer(self, data):
        slots = self.slots(len(data))
        while self.position + slots - self.word(256) > self.capacity:
            time.sleep(0.0001)
        raw = struct.pack("=Q", len(data)) + data
        start, room = self.at(self.position), self.capacity * self.slot
        first = raw[:room - start]
        self.map[self.SLOTS_AT + start:self.SLOTS_AT + start + len(first)] = first
        self.map[self.SLOTS_AT:self.SLOTS_AT + len(raw) - len(first)] = raw[len(first):]
        self.position += slots
        self.store(128, self.position)
        wake = self.word(520) != 0
        self.store(520, 0)
        return wake

    def poll(self):
        if self.word(128) == self.position:
            return None
        start, room = self.at(self.position), self.capacity * self.slot
        length = self.word(self.SLOTS_AT + start)
        start += 8
        data = self.map[self.SLOTS_AT + start:self.SLOTS_AT + min(start + length, room)]
        data += self.map[self.SLOTS_AT:self.SLOTS_AT + length - len(data)]
        self.position += self.slots(length)
        self.store(256, self.position)
        return data


class Client:
    """One connection. Requests are calls: `client.port_set(port=1, driver="null", ...)`."""

    def __init__(self, run, name="test", hello=True, token=b""):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        for left in range(100, -1, -1):
            try:
                self.socket.connect(str(pathlib.Path(run) / "worker.sock"))
                break
            except ConnectionRefusedError:  # bound, not listening yet
                if left == 0:
                    raise
                time.sleep(0.01)
        line, control, _, _ = self.socket.recvmsg(128, socket.CMSG_SPACE(12))
        fds = array.array("i")
        fds.frombytes(control[0][2])
        assert line.startswith(b"lagopus-rings 1 "), line
        self.requests, self.replies = Ring(fds[0]), Ring(fds[1])
        # Users without a grant are shown no counters.
        self.counters = Counters(fds[2]) if stat.S_ISREG(os.fstat(fds[2]).st_mode) else None
        self.correlations = itertools.count(1)
        self.events = []
        self.generation = 0
        self.socket.settimeout(0)
        if hello:
            self.welcome = self.hello(protocol=1, pid=os.getpid(), client=name, token=token)

    def close(self):
        self.socket.close()

    def send(self, message, generation=0, owner=0, quiet=False, strict=False, **values):
        correlation = next(self.correlations)
        body = SCHEMA.pack(SCHEMA.messages[message], values)
        flags = SCHEMA.enums["flag"]
        head = HEADER.pack(SCHEMA.types[message], quiet * flags["quiet"] + strict * flags["strict"],
                           HEADER.size + len(body), correlation, owner, 0, generation)
        if self.requests.offer(head + body):
            self.socket.send(b"\0")
        return correlation

    def receive(self, timeout):
        until = time.monotonic() + timeout
        while (data := self.replies.poll()) is None:
            try:
                if self.socket.recv(64) == b"":
                    raise Gone()
            except BlockingIOError:
                pass
            except ConnectionError as error:
                raise Gone() from error
            if time.monotonic() > until:
                raise TimeoutError("no reply")
            time.sleep(0.0005)
        kind, _, _, correlation, _, _, generation = HEADER.unpack_from(data)
        name = SCHEMA.names[kind]
        values, _ = SCHEMA.unpack(SCHEMA.messages[name], data, HEADER.size)
        return name, correlation, values | {"generation": generation}

    def ask(self, message, timeout=20, **values):
        """(rows, answer) of one request; Refused if the answer is not ok."""
        correlation = self.send(message, **values)
        rows = []
        while True:
            name, about, values = self.receive(timeout)
            if about != correlation:
                self.events.append((name, values))
            elif name == "welcome":
                return rows, values
            elif name != "answer":
                rows.append(values)
            elif values["error"] != "ok":
                raise Refused(values)
            else:
                return rows, values

    def __getattr__(self, name):
        message = name.replace("_", "-")
        if message not in SCHEMA.messages:
            raise AttributeError(name)
        return lambda **values: self.ask(message, **values)[1]

    def dump(self, table, instance=0, owner=0, **part):
        return self.ask("dump", table=table, instance=instance, owner=owner, **part)[0]

    def pages(self, table, limit, **part):
        """The rows of a table, read in parts."""
        position = 0
        while True:
            rows, answer = self.ask("dump", table=table, limit=limit, position=position, **part)
            assert answer["detail"] == len(rows) <= limit
            yield rows
            position = answer["object_id"]
            if position == 0:
                return

    def batch(self, requests, **options):
        """Many at once, answered once: {index: Refused} of those (message, {values}) that failed."""
        sent = {}
        for index, (message, values) in enumerate(requests):
            sent[self.send(message, quiet=index < len(requests) - 1, **options, **values)] = index
        failed = {}
        while True:
            name, about, values = self.receive(20)
            if about not in sent:
                self.events.append((name, values))
                continue
            if values["error"] != "ok":
                failed[sent[about]] = Refused(values)
            if sent[about] == len(requests) - 1:
                return failed

    def transaction(self, *changes, replace=False):
        """Begin, the changes as (message, {values}), prepare, commit."""
        self.generation += 1
        self.begin(replace=replace, generation=self.generation)
        try:
            for message, values in changes:
                self.ask(message, **values)
            self.prepare(generation=self.generation)
            self.commit(generation=self.generation, timeout=60)
        except Refused:
            self.abort()
            raise

    def event(self, name, timeout=5, where=lambda values: True):
        until = time.monotonic() + timeout
        while True:
            for found in self.events:
                if found[0] == name and where(found[1]):
                    self.events.remove(found)
                    return found[1]
            kind, _, values = self.receive(max(0.0, until - time.monotonic()))
            self.events.append((kind, values))


class Counters:
    """The counter segment: `counters["port", 1]["rx-packets"]`, `counters["drop"]["no-route"]`."""

    HEADER, ENTRY = struct.Struct("=QIIQQQQI12x"), struct.Struct("=32sIIIIQQQQ16x")

    def __init__(self, fd):
        self.map = mmap.mmap(fd, 0, prot=mmap.PROT_READ)
        os.close(fd)
        magic, _, entries, _, _, self.blocks_at, self.block_size, _ = self.HEADER.unpack_from(self.map, 0)
        assert magic == 0x544E554F4347414C
        self.entries = {}
        for i in range(entries):
            name, _, count, fields, stride, offset, keys, names, fields_at = self.ENTRY.unpack_from(
                self.map, 64 + i * 96)
            self.entries[self.text(name)] = (
                count, stride, offset, keys, names and self.names(names, count), self.names(fields_at, fields))

    @staticmethod
    def text(raw):
        return raw.split(b"\0")[0].decode()

    def names(self, at, count):
        return [self.text(self.map[at + i * 32:at + i * 32 + 32]) for i in range(count)]

    def values(self, kind, index):
        _, stride, offset, _, _, fields = self.entries[kind]
        sums = [0] * len(fields)
        for b in range(self.blocks()):
            at = self.blocks_at + b * self.block_size + offset + index * stride
            for i, value in enumerate(struct.unpack_from(f"={len(fields)}Q", self.map, at)):
                sums[i] += value
        return dict(zip(fields, sums))

    def blocks(self):
        return self.HEADER.unpack_from(self.map, 0)[7]

    def __getitem__(self, what):
        if isinstance(what, tuple):
            kind, key = what
            count, _, _, keys, _, _ = self.entries[kind]
            for i in range(count):
                if struct.unpack_from("=Q", self.map, keys + i * 8)[0] == key:
                    return self.values(kind, i)
            raise KeyError(what)
        names = self.entries[what][4]
        result = {}
        for i, name in enumerate(names):
            values = self.values(what, i)
            result[name] = values["packets"] if set(values) == {"packets"} else values
        return result


class Worker:
    """A worker process of its own, in a namespace if one is named."""

    def __init__(self, run, *arguments, namespace=None):
        self.run = pathlib.Path(run)
        self.run.mkdir(parents=True, exist_ok=True)
        self.log = self.run / "worker.log"
        command = ["ip", "netns", "exec", namespace] if namespace else []
        command += [WORKER, "--run", self.run, "--no-huge", *arguments]
        self.process = subprocess.Popen(command, stderr=open(self.log, "w"))
        until = time.monotonic() + 20
        while "serving on" not in self.log.read_text():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the worker did not start: " + self.log.read_text())
            time.sleep(0.02)
        self.clients = []
        self.expected_to_die = False

    def client(self, **options):
        client = Client(self.run, **options)
        self.clients.append(client)
        return client

    def stop(self):
        for client in self.clients:
            client.close()
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(20)
