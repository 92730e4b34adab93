#!/usr/bin/python3
"""Sends and receives raw frames on an interface of the namespace it is started in.

Reads {"interface", "send": [hex], "seconds", "repeat"} from standard input, sends the frames, and
prints what came in meanwhile as a list of hex strings. VLAN tags that the kernel took off are put
back, so that a frame is what was on the wire.
"""

import json
import select
import socket
import struct
import subprocess
import sys
import time

ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_AUXDATA = 8
SO_RCVBUFFORCE = 33
PACKET_IGNORE_OUTGOING = 23
TP_STATUS_VLAN_VALID = 1 << 4


def main():
    order = json.load(sys.stdin)
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    wire.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    wire.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)  # a burst of small frames is large
    wire.bind((order["interface"], 0))
    print("ready", flush=True)
    for frame in order["send"]:
        wire.send(bytes.fromhex(frame))
    seen, until = [], time.monotonic() + order["seconds"]
    while (left := until - time.monotonic()) > 0:
        if not select.select([wire], [], [], left)[0]:
            break
        data, extra, _, _ = wire.recvmsg(65535, 256)
        for level, kind, value in extra:
            if level == SOL_PACKET and kind == PACKET_AUXDATA:
                status, _, _, _, _, tci, tpid = struct.unpack("=IIIHHHH", value[:20])
                if status & TP_STATUS_VLAN_VALID:
                    data = data[:12] + struct.pack("!HH", tpid or 0x8100, tci) + data[12:]
        seen.append(data.hex())
    json.dump(seen, sys.stdout)


class Wire:
    """Frames on a host's eth0: `with Wire(host) as wire: wire.exchange(...)` from a test."""

    def __init__(self, host, seconds=1.0, send=()):
        self.process = host.popen("/usr/bin/python3", __file__, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        json.dump({"interface": "eth0", "seconds": seconds, "send": [bytes(f).hex() for f in send]},
                  self.process.stdin)
        self.process.stdin.close()
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError("the capture did not start")

    def frames(self):
        """Everything that came in, as scapy Ethernet frames, once the time is over."""
        from scapy.layers.l2 import Ether

        out = self.process.stdout.read()
        self.process.wait(10)
        self.process.stdout.close()
        return [Ether(bytes.fromhex(frame)) for frame in json.loads(out)]


if __name__ == "__main__":
    main()
