"""A Lagopus box between hosts, each in a network namespace of its own.

The worker runs in the namespace `PREFIX-box`; every host has one and a veth pair to a port of the
box. Controller and agent stay outside, as on a real box, where they share the management network
with Linux. Everything a Box makes carries its prefix, and close() removes all of it.
"""

import contextlib
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HUGEPAGES = pathlib.Path("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")
WANTED_PAGES = 512


class BoxError(Exception):
    """Something of the box did not come up or did not answer; the message says what to look at."""


def run(*command, check=True, timeout=30, **options):
    """Runs a command and returns it finished, its output as text."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=timeout, **options)
    if check and done.returncode:
        raise BoxError(f"{' '.join(map(str, command))}: exit {done.returncode}: {(done.stderr or done.stdout).strip()}")
    return done


def free_port(wanted=0, host="127.0.0.1"):
    """`wanted` or the next free TCP port above it; with 0 whichever the kernel gives."""
    for port in range(wanted, wanted + 100) if wanted else [0]:
        with contextlib.closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind((host, port))
                return probe.getsockname()[1]
    raise BoxError(f"no free port from {wanted} to {wanted + 99} on {host}")


class Hugepages:
    """Up to 512 pages of 2 MiB while this is open; the number found is put back."""

    def __init__(self):
        self.before = None
        self.lost = None
        try:
            found = int(HUGEPAGES.read_text())
        except OSError as error:
            self.lost = f"this kernel has none ({error.strerror})"
            return
        free_kib = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemAvailable"))
        wanted = min(WANTED_PAGES, free_kib // 2 // 2048)
        if found >= wanted:
            return
        try:
            HUGEPAGES.write_text(str(wanted))
            self.before = found
        except OSError as error:
            self.lost = f"they cannot be reserved here ({error.strerror})"
            return
        got = int(HUGEPAGES.read_text())
        if got < 64:
            self.lost = f"only {got} of {wanted} pages could be reserved"

    def close(self):
        if self.before is not None:
            HUGEPAGES.write_text(str(self.before))
            self.before = None


class Host:
    """A machine beside the box: a namespace with one interface, eth0, wired to a port of the box."""

    def __init__(self, box, name):
        self.name = name
        self.namespace = f"{box.prefix}-{name}"
        self.wire = f"{box.prefix}{name}"  # the box's end of the veth pair
        run("ip", "netns", "add", self.namespace)
        box.undo(lambda: run("ip", "netns", "del", self.namespace, check=False))
        run("ip", "link", "add", self.wire, "netns", box.namespace, "type", "veth",
            "peer", "name", "eth0", "netns", self.namespace)
        for namespace, link in ((box.namespace, self.wire), (self.namespace, "eth0")):
            inside = ("ip", "netns", "exec", namespace)
            # The kernel must fill in checksums itself: nothing behind a veth does it later.
            run(*inside, "ethtool", "-K", link, "tx", "off", "gso", "off", "tso", "off", "gro", "off")
            run("ip", "-n", namespace, "link", "set", link, "up")
        self.run("ip", "link", "set", "lo", "up")
        self.run("sysctl", "-qw", "net.ipv6.conf.eth0.accept_dad=0")

    def command(self, *words):
        return ["ip", "netns", "exec", self.namespace, *map(str, words)]

    def run(self, *words, **options):
        return run(*self.command(*words), **options)

    def popen(self, *words, **options):
        return subprocess.Popen(self.command(*words), text=True, **options)

    def address(self, *prefixes):
        for prefix in prefixes:
            self.run("ip", "address", "add", prefix, "dev", "eth0", *(["nodad"] if ":" in prefix else []))

    def default_via(self, *gateways):
        for gateway in gateways:
            self.run("ip", "-6" if ":" in gateway else "-4", "route", "replace", "default", "via", gateway)

    def ping(self, address, count=3, interval=0.2, timeout=2, size=56):
        """Pings; the answers received, out of `count`."""
        done = self.run("ping", "-n", "-c", count, "-i", interval, "-W", timeout, "-s", size, address,
                        check=False, timeout=count * (interval + timeout) + 10)
        received = [word.split()[0] for word in done.stdout.split(", ") if "received" in word]
        return int(received[0]) if received else 0

    def wait_for_ping(self, address, seconds=15):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.ping(address, count=1, timeout=1):
                return
        raise BoxError(f"host {self.name} had no answer from {address} within {seconds} s")


class Box:
    """The whole box: launcher, controller, agent and worker, with hosts around it.

    Parameters
    ----------
    hosts: names of the hosts, in the order of the ports p1, p2, ...
    faults: start the worker so that faults can be injected
    under: words in front of the launcher's command, such as a tracer's
    """

    def __init__(self, hosts=("a", "b"), prefix=None, netconf_port=0, restconf_port=0, faults=False,
                 output=None, worker_arguments=(), extra=(), under=()):
        self._undo = []
        self.prefix = prefix or f"l{os.getpid() % 100000}"
        self.namespace = f"{self.prefix}-box"
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="lagopus-"))
        self.undo(lambda: shutil.rmtree(self.directory, ignore_errors=True))
        self.run_directory = self.directory / "run"
        self.state = self.directory / "state"
        self.password = secrets.token_urlsafe(9)
        self.output = output
        self.log = self.directory / "box.log"
        self.hugepages = Hugepages()
        self.undo(self.hugepages.close)
        self.launcher = None
        try:
            run("ip", "netns", "add", self.namespace)
            self.undo(lambda: run("ip", "netns", "del", self.namespace, check=False))
            run("ip", "netns", "exec", self.namespace, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
                "net.ipv6.conf.default.disable_ipv6=1")
            self.hosts = [Host(self, name) for name in hosts]
            self.netconf_port = free_port(netconf_port)
            self.restconf_port = free_port(restconf_port)
            self._start(faults, worker_arguments, extra, under)
        except BaseException:
            self.close()
            raise

    def undo(self, action):
        self._undo.append(action)

    def host(self, name):
        return next(host for host in self.hosts if host.name == name)

    # --- processes -------------------------------------------------------------------------------

    def _start(self, faults, worker_arguments, extra, under):
        bootstrap = self.directory / "bootstrap.json"
        bootstrap.write_text(json.dumps({"users": [{"name": "admin", "password": self.password}]}))
        bootstrap.chmod(0o600)
        worker = list(worker_arguments) + (["--faults"] if faults else [])
        command = [
            *under, ROOT / "build/bin/lagopus-launcher", "run",
            "--prefix", ROOT / "build", "--run", self.run_directory, "--state", self.state,
            "--netns", f"lagopus-worker={self.namespace}",
            "--args", f"lagopusd=--netconf 127.0.0.1:{self.netconf_port}"
                      f" --restconf https://127.0.0.1:{self.restconf_port} --bootstrap {bootstrap}",
        ]
        if worker:
            command += ["--args", f"lagopus-worker={' '.join(worker)}"]
        command += extra
        sink = self.output or open(self.log, "w")
        self.launcher = subprocess.Popen([str(word) for word in command], stdout=sink, stderr=subprocess.STDOUT,
                                         start_new_session=True)

    def wait_ready(self, seconds=90):
        """Until NETCONF answers and every unit has said that it is ready."""
        until = time.monotonic() + seconds
        state = {}
        while time.monotonic() < until:
            if self.launcher.poll() is not None:
                raise BoxError(f"the launcher ended with {self.launcher.returncode}\n{self.tail()}")
            state = self.status()
            if state and all(unit["state"] == "active" for unit in state.values()):
                return self
            time.sleep(0.1)
        raise BoxError(f"not ready within {seconds} s: {state}\n{self.tail()}")

    def status(self):
        """{unit: {"state": ..., "pid": ..., "restarts": ...}} as the launcher tells."""
        done = run(ROOT / "build/bin/lagopus-launcher", "status", "--json", "--run", self.run_directory, check=False)
        return json.loads(done.stdout) if done.returncode == 0 and done.stdout.strip() else {}

    def pid(self, unit):
        return self.status()[unit]["pid"]

    def kill(self, unit, how=signal.SIGKILL):
        pid = self.pid(unit)
        if not pid:  # 0 would be everybody in our process group
            raise BoxError(f"{unit} is not running")
        os.kill(pid, how)
        return pid

    def tail(self, lines=40):
        return "\n".join(self.log.read_text().splitlines()[-lines:]) if self.log.exists() else ""

    def close(self):
        if self.launcher and self.launcher.poll() is None:
            self.launcher.terminate()
            try:
                self.launcher.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.launcher.pid, signal.SIGKILL)
                self.launcher.wait()
        while self._undo:
            self._undo.pop()()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- clients ---------------------------------------------------------------------------------

    def netconf(self, user="admin", password=None, timeout=60):
        """An ncclient session."""
        from ncclient import manager

        return manager.connect(host="127.0.0.1", port=self.netconf_port, username=user,
                               password=password or self.password, hostkey_verify=False, allow_agent=False,
                               look_for_keys=False, timeout=timeout)

    def curl(self, path, *options, check=True):
        """curl on a RESTCONF path below the server; the answer's body."""
        return run("curl", "-sS", *(["--fail-with-body"] if check else []), "-k", "-u", f"admin:{self.password}",
                   "-H", "Accept: application/yang-data+json", *options,
                   f"https://127.0.0.1:{self.restconf_port}{path}", check=check).stdout

    def restconf(self, path, *options):
        """The JSON of a RESTCONF data resource."""
        return json.loads(self.curl(f"/restconf/data{path}", *options))


# --- configuration -----------------------------------------------------------------------------------

NAMESPACES = {
    "if": "http://openconfig.net/yang/interfaces",
    "eth": "http://openconfig.net/yang/interfaces/ethernet",
    "vlan": "http://openconfig.net/yang/vlan",
    "ip": "urn:lagopus:yang:lagopus-if-ip",
    "dp": "urn:lagopus:yang:lagopus-dataplane",
    "ni": "urn:lagopus:yang:lagopus-network-instance",
}


def config(*parts):
    """An edit-config's <config> around its parts."""
    return '<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">' + "".join(parts) + "</config>"


def interfaces(*entries):
    return f'<interfaces xmlns="{NAMESPACES["if"]}">' + "".join(entries) + "</interfaces>"


def dataplane(driver="af-packet", **leaves):
    inside = "".join(f"<{name.replace('_', '-')}>{value}</{name.replace('_', '-')}>" for name, value in leaves.items())
    return f'<dataplane xmlns="{NAMESPACES["dp"]}"><config><driver>{driver}</driver>{inside}</config></dataplane>'


def address(prefix):
    ip, length = prefix.split("/")
    return f"<address><ip>{ip}</ip><config><ip>{ip}</ip><prefix-length>{length}</prefix-length></config></address>"


def subinterface(*prefixes, index=0, vlan=None):
    """A routed subinterface with addresses of both families, and its VLAN if it has one."""
    families = ""
    for family, mark in (("ipv4", "."), ("ipv6", ":")):
        ours = [address(prefix) for prefix in prefixes if mark in prefix]
        if ours:
            families += f'<{family} xmlns="{NAMESPACES["ip"]}"><addresses>{"".join(ours)}</addresses></{family}>'
    tag = "" if vlan is None else (
        f'<vlan xmlns="{NAMESPACES["vlan"]}"><match><single-tagged><config><vlan-id>{vlan}</vlan-id></config>'
        "</single-tagged></match></vlan>")
    return (f"<subinterface><index>{index}</index><config><index>{index}</index></config>{tag}{families}"
            "</subinterface>")


def interface(name, *parts, mtu=None, enabled=None, operation=None):
    more = "" if mtu is None else f"<mtu>{mtu}</mtu>"
    more += "" if enabled is None else f"<enabled>{'true' if enabled else 'false'}</enabled>"
    mark = "" if operation is None else (
        f' xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="{operation}"')
    return (f'<interface{mark}><name>{name}</name><config><name>{name}</name>'
            f'<type xmlns:ift="urn:ietf:params:xml:ns:yang:iana-if-type">ift:ethernetCsmacd</type>{more}</config>'
            + "".join(parts) + "</interface>")


def subinterfaces(*entries):
    return "<subinterfaces>" + "".join(entries) + "</subinterfaces>"


def network_instances(*entries):
    return f'<network-instances xmlns="{NAMESPACES["ni"]}">' + "".join(entries) + "</network-instances>"


def die(message):
    print(message, file=sys.stderr)
    sys.exit(1)
