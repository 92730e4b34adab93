"""Nothing is configured but through the datastore: what the processes of the box open is looked at."""

import os
import re

import pytest
from smoke.test_faults import commit_when_attached, dumped, mtu_change
from smoke.test_forwarding import NETS, routed

from box import ROOT, Box

# Programs and libraries, the kernel, the C library's own (names, time zone), and what the JVM makes for itself.
SYSTEM = re.compile(
    r"/(usr/)?(local/)?lib(64|32)?/|/usr/share/(zoneinfo|locale|ca-certificates)/|/(proc|sys|dev)/|/run/netns/"
    r"|/etc/(ld\.so\.|localtime|nsswitch\.conf|passwd|group|host\.conf|hosts|resolv\.conf|gai\.conf|services|ssl/)"
    r"|/tmp/(jffi|hsperfdata_|lagopus-\w+$)")


def opened(trace):
    """The absolute paths of all files that were opened to read them, as strace tells."""
    found = re.findall(r'open(?:at2?)?\((?:AT_FDCWD, )?"(/[^"]*)", ([^)]*)\) = \d', trace.read_text(errors="replace"))
    return {os.path.normpath(path) for path, flags in found if "O_RDONLY" in flags and "O_DIRECTORY" not in flags}


@pytest.mark.requirement("R2 R3")
def test_no_process_reads_a_file_of_configuration(tmp_path):
    trace = tmp_path / "trace"
    tracer = ["strace", "-D", "-f", "-qq", "--seccomp-bpf", "-e", "trace=open,openat,openat2", "-o", trace]
    with Box(hosts=("a", "b"), under=tracer) as box:
        box.wait_ready()
        commit_when_attached(box, routed(box, "a", "b"))
        box.host("a").wait_for_ping(NETS["b"][1])
        commit_when_attached(box, mtu_change(1464))
        assert "mtu 1450 " in dumped(box, "p1")
        box.curl("/restconf/data/openconfig-interfaces:interfaces/interface=p1/config/mtu", "-X", "PUT",
                 "-H", "Content-Type: application/yang-data+json", "--data", '{"openconfig-interfaces:mtu": 1414}')
        assert "mtu 1400 " in dumped(box, "p1")
        ours = str(box.directory)  # what the box runs in, and its state
        bootstrap = str(box.directory / "bootstrap.json")
    paths = opened(trace)
    assert bootstrap in paths, "the trace tells what is opened"
    others = {path for path in paths if not SYSTEM.match(path) and not path.startswith(ours)}
    parts = re.compile(re.escape(f"{ROOT}/build/") + r"(lib/lagopus/.*|bin/[^/]*|lib/systemd/system/[^/]*\.service)")
    assert not {path for path in others if not parts.fullmatch(path)}
