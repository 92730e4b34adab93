#!/usr/bin/python3
"""Power cuts: the state directory is on a file system of its own, whose block image is copied at
random instants of commit traffic. What had not reached the image is lost, as with the power. Each
copy goes through fsck and is booted: nothing that was acknowledged before the copy is missing.

    power_cut.py [--cuts 100] [--seed N]

Needs to be root, for loop devices. The exit code is 77 where there are none.
"""

import argparse
import contextlib
import pathlib
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time

import traffic

SKIPPED = 77


def tool(*command):
    return subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=120)


@contextlib.contextmanager
def mounted(image, at):
    at.mkdir(exist_ok=True)
    done = tool("mount", "-o", "loop", image, at)
    if done.returncode:
        raise PermissionError(done.stderr.strip())
    try:
        yield at
    finally:
        if tool("umount", at).returncode:
            tool("umount", "-l", at)


def copy(image, to):
    """The image as it is at one instant: copied until two copies in a row are the same."""
    before = None
    for _ in range(20):
        content = image.read_bytes()
        if content == before:
            break
        before = content
    else:
        raise AssertionError("the image does not come to rest")
    to.write_bytes(before)


def cut(daemon, image, to):
    """A copy of the image, and what had been acknowledged and sent at that instant."""
    daemon.process.send_signal(signal.SIGSTOP)
    try:
        copy(image, to)
    finally:
        daemon.process.send_signal(signal.SIGCONT)


def run(cuts, seed, command=(traffic.ROOT / "build/bin/lagopusd",), progress=print):
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="lagopus-power-") as directory:
        directory = pathlib.Path(directory)
        image, cutout = directory / "disk.img", directory / "cut.img"
        with open(image, "wb") as file:
            file.truncate(256 << 20)
        made = tool("mkfs.ext4", "-q", "-F", image)
        assert made.returncode == 0, made.stderr
        with mounted(image, directory / "disk") as disk:
            daemon = traffic.Daemon(disk / "state", command)
            writer = traffic.Traffic(daemon, 1)
            writer.start()
            writer.begun()
            try:
                for number in range(1, cuts + 1):
                    time.sleep(chance.uniform(0.05, 0.5))
                    acknowledged = writer.acknowledged
                    cut(daemon, image, cutout)
                    sent = writer.sent
                    assert not writer.refusal, writer.refusal
                    verify(cutout, directory / "copy", acknowledged, sent, command)
                    if number % 10 == 0:
                        progress(f"{number} cuts, {sent} commits")
            finally:
                writer.over = True
                writer.join(30)
                daemon.stop()
        return writer.acknowledged


def verify(image, at, acknowledged, sent, command):
    checked = tool("fsck.ext4", "-f", "-y", image)
    assert checked.returncode in (0, 1), checked.stdout + checked.stderr
    with mounted(image, at):
        daemon = traffic.Daemon(at / "state", command)
        try:
            a, b = daemon.read()
            assert a == b, f"half a commit is served: a is {a}, b is {b}"
            assert acknowledged <= a <= sent, f"{a} is served, {acknowledged} was acknowledged, {sent} sent"
        finally:
            daemon.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--cuts", type=int, default=100)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 31))
    arguments = parser.parse_args()
    print(f"power_cut: {arguments.cuts} cuts, seed {arguments.seed}", flush=True)
    try:
        commits = run(arguments.cuts, arguments.seed, progress=lambda line: print(line, flush=True))
    except PermissionError as e:
        print(f"power_cut: no loop device here: {e}")
        sys.exit(SKIPPED)
    print(f"power_cut: nothing was lost in {arguments.cuts} cuts, {commits} commits")
