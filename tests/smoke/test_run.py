"""`make run`: the first thing anyone sees of the box."""

import os
import pathlib
import re
import signal
import subprocess
import time

import pytest
from conftest import ROOT, eventually

PAGES = pathlib.Path("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")
RUN = ["make", "-s", "-o", "build", "run"]  # the tree is there already


def left_over():
    """What a box makes on a machine: namespaces, directories, processes, hugepages."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout
    namespaces = set(re.findall(r"^(l\d+-\w+)", listed, re.M))
    directories = set(pathlib.Path("/tmp").glob("lagopus-*"))
    processes = set()
    for command in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(ROOT / "build").encode() in command.read_bytes():  # another tree's are not ours
                processes.add(command.parent.name)
        except OSError:
            continue
    return namespaces, directories, processes, PAGES.read_text() if PAGES.exists() else None


@pytest.mark.requirement("R2 R28 R67")
def test_make_run_once_shows_everything_and_leaves_nothing_behind():
    before = left_over()
    done = subprocess.run([*RUN, "ARGS=--once"], cwd=ROOT, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WRONG" not in done.stdout
    for shown in ("IPv4: 10 of 10", "IPv6: 10 of 10", "is refused", "p1: UP", "p2: UP"):
        assert shown in done.stdout, done.stdout
    assert left_over() == before


@pytest.mark.requirement("R28")
def test_make_run_stays_until_interrupted_and_tells_how_to_talk_to_it():
    before = left_over()
    process = subprocess.Popen([*RUN], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               start_new_session=True)
    said = ""
    try:
        until = time.monotonic() + 120
        while "Ctrl-C" not in said:
            assert time.monotonic() < until, said
            line = process.stdout.readline()
            assert line, said
            said += line
        user, url = re.findall(r"RESTCONF  curl -k -u (\S+) (https://\S+)", said)[-1]
        done = subprocess.run(["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "-u", user, url],
                              capture_output=True, text=True, timeout=30)
        assert done.stdout == "200"
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.stdout.read()
        process.wait(60)
    assert left_over() == before


@pytest.mark.requirement("R3")
def test_without_hugepages_it_goes_on_and_says_what_is_lost():
    if PAGES.exists() and int(PAGES.read_text()) > 0:
        pytest.skip("the machine has hugepages reserved by somebody else")
    read_only = "mount -o remount,ro,bind /sys 2>/dev/null || mount -o remount,ro /sys; exec " + " ".join(
        [str(ROOT / "packaging/demo/demo.py"), "--once"])
    done = subprocess.run(["unshare", "-m", "sh", "-c", read_only], capture_output=True, text=True, timeout=180)
    assert "without hugepages" in done.stdout and "slower" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.requirement("R28")
def test_set_up_says_what_to_do_without_a_jdk(tmp_path):
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "JAVA_HOME": "/nowhere"}
    hidden = f"mount --bind {tmp_path} /usr/lib/jvm && exec {ROOT / 'packaging/host/setup'}"
    done = subprocess.run(["unshare", "-m", "sh", "-c", hidden], capture_output=True, text=True, timeout=120,
                          env=environment)
    assert done.returncode != 0
    assert "JDK 25" in done.stderr and "JAVA_HOME" in done.stderr


@pytest.mark.requirement("R1")
def test_each_process_starts_alone_and_waits_for_the_others(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    started = [subprocess.Popen([ROOT / "build/bin" / name, "--run", run, *more], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
               for name, more in (("lagopus-dataplane", []), ("lagopus-worker", ["--no-huge"]))]
    try:
        eventually(lambda: (run / "worker.sock").exists(), 30, what="worker.sock")
        time.sleep(2)
        assert [process.poll() for process in started] == [None, None]
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(20)
    assert not (run / "worker.sock").exists()
