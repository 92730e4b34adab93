"""Packets per second of the worker, from a looping capture file to a port that drops everything.

Both the worker and the reference, dpdk-testpmd, are measured per CPU-second of the thread that
forwards, so that what else the machine does counts for little.
"""

import os
import pathlib
import re
import subprocess
import tempfile
import time

import box as boxes
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.utils import wrpcap

PACKETS = 1024
SECONDS = 4
PCAP_MAC = "02:70:63:61:70:00"  # what the capture-file driver gives its first port


def capture(path, mac):
    """Frames of 64 bytes on the wire to eight networks."""
    wrpcap(str(path), [Ether(src="02:00:00:00:00:01", dst=mac)
                       / IP(src=f"192.0.2.{i % 200 + 1}", dst=f"198.18.{i % 8}.{i // 8}") / UDP(sport=1, dport=2)
                       / bytes(18) for i in range(PACKETS)])


def cpu_seconds(pid, thread):
    """Of one thread, by its name."""
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        if re.fullmatch(thread, (task / "comm").read_text().strip()):
            return int((task / "schedstat").read_text().split()[0]) / 1e9
    names = [(t / "comm").read_text().strip() for t in pathlib.Path(f"/proc/{pid}/task").iterdir()]
    raise RuntimeError(f"no thread {thread} in {names}")


def testpmd(path, mode):
    process = subprocess.Popen(
        ["dpdk-testpmd", "-l", "0,1", "--in-memory", "--no-pci", f"--file-prefix=bench{os.getpid()}",
         f"--vdev=net_pcap0,rx_pcap={path},infinite_rx=1", "--vdev=net_null0,no-rx=1", "--",
         f"--forward-mode={mode}", "--stats-period=1", "--no-mlockall", "--total-num-mbufs=16384"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)
    samples, port, heard, until = [], None, [], time.monotonic() + 60
    try:
        for text in process.stdout:
            heard.append(text)
            if found := re.search(r"NIC statistics for port (\d)", text):
                port = int(found[1])
            if port == 1 and (found := re.search(r"TX-packets: (\d+)", text)):
                samples.append((int(found[1]), cpu_seconds(process.pid, r"(dpdk|lcore|rte)-worker-?1")))
            if len(samples) > SECONDS + 1 or time.monotonic() > until:
                break
    finally:
        process.terminate()
        process.wait(10)
    if len(samples) < 3:
        raise RuntimeError("dpdk-testpmd did not forward:\n" + "".join(heard[-20:]))
    (first, began), (last, ended) = samples[1], samples[-1]
    return (last - first) / (ended - began)


def ports(path):
    return boxes.interfaces(
        boxes.interface("p1", boxes.dataplane("pcap", arguments=f"rx_pcap={path},infinite_rx=1", port_number=1),
                        boxes.subinterfaces(boxes.subinterface("192.0.2.254/24"))),
        boxes.interface("p2", boxes.dataplane("null", arguments="no-rx=1", port_number=2),
                        boxes.subinterfaces(boxes.subinterface("198.51.100.1/24"))))


NEIGHBOR = (f'<interfaces xmlns="{boxes.NAMESPACES["if"]}"><interface><name>p2</name><subinterfaces><subinterface>'
            f'<index>0</index><ipv4 xmlns="{boxes.NAMESPACES["ip"]}"><neighbors><neighbor><ip>198.51.100.2</ip><config>'
            "<ip>198.51.100.2</ip><link-layer-address>02:00:00:00:00:02</link-layer-address></config></neighbor>"
            "</neighbors></ipv4></subinterface></subinterfaces></interface></interfaces>")


def routes():
    from smoke.test_forwarding import instance, static_routes

    return boxes.network_instances(instance("default", "DEFAULT_INSTANCE", inside=static_routes(
        *((f"198.18.{n}.0/24", "198.51.100.2") for n in range(8)))))


def bridge():
    from smoke.test_forwarding import instance, switched

    return (boxes.interfaces(*(boxes.interface(name, boxes.dataplane(driver, arguments=arguments, port_number=number),
                                               switched("ACCESS", access=1))
                               for number, (name, driver, arguments) in enumerate(
                                   (("p1", "pcap", bridge.capture), ("p2", "null", "no-rx=1")), 1))),
            boxes.network_instances(instance("lan", "L2VSI", ("p1",), ("p2",), vlans=(1,))))


def commit(box, *parts):
    with box.netconf() as netconf:
        netconf.edit_config(target="candidate", config=boxes.config(*parts))
        netconf.commit()


def sent(box):
    state = box.restconf("/openconfig-interfaces:interfaces/interface=p2/state")
    return int(state["openconfig-interfaces:state"].get("counters", {}).get("out-pkts", 0))


def rate(box):
    """Packets out of p2 for each CPU-second of the datapath thread, between two changes of the counter."""
    def sample():
        before, until = sent(box), time.monotonic() + 5
        while (now := sent(box)) == before:
            if time.monotonic() > until:
                raise RuntimeError("the worker does not forward")
            time.sleep(0.005)
        return now, cpu_seconds(pid, r"(datapath|dp|lagopus-dp|worker)[-.]?\d+")

    pid = box.pid("lagopus-worker")
    time.sleep(2)
    first, began = sample()
    time.sleep(SECONDS)
    last, ended = sample()
    return (last - first) / (ended - began)


def clear(box):
    from conftest import clear as everything

    everything(box)


def run(line):
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "frames.pcap"
        capture(path, PCAP_MAC)
        bridge.capture = f"rx_pcap={path},infinite_rx=1"
        pages = boxes.Hugepages()
        try:
            reference = {mode: testpmd(path, mode) for mode in ("io", "mac")}
        finally:
            pages.close()
        for mode, value in reference.items():
            line("worker", f"testpmd-{mode}", value / 1e6, "Mpps/cpu")
        with boxes.Box(hosts=()) as box:
            box.wait_ready()
            # First the one for which the capture's destination address matters: the driver counts it
            # up with every port it makes.
            commit(box, ports(path))
            commit(box, NEIGHBOR, routes())
            line("worker", "ipv4-8-routes", (value := rate(box)) / 1e6, "Mpps/cpu", value / reference["mac"])
            clear(box)
            commit(box, *bridge())
            line("worker", "l2-bridge", (value := rate(box)) / 1e6, "Mpps/cpu", value / reference["io"])
            clear(box)
