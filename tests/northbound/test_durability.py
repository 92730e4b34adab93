"""A sample of what `make soak` does at length: kills and power cuts in the middle of commits; and
disks that are full or cannot be written."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "soak"))

import kill_daemon  # noqa: E402
import power_cut  # noqa: E402
import traffic  # noqa: E402

SEED = 20261125


@pytest.mark.requirement("R9 R10 R65")
def test_a_daemon_killed_in_the_middle_of_commits_keeps_what_it_acknowledged():
    assert kill_daemon.run(4, SEED) > 4


@pytest.mark.requirement("R9 R10")
def test_a_power_cut_in_the_middle_of_commits_loses_nothing_acknowledged():
    try:
        assert power_cut.run(3, SEED) > 3
    except PermissionError as e:
        pytest.skip(f"no loop device here: {e}")


def put(daemon, number):
    connection = daemon.connection()
    connection.request("PUT", traffic.RESOURCE, json.dumps({"pair:pair": {"a": str(number), "b": str(number)}}),
                       {"Authorization": traffic.CREDENTIALS, "Content-Type": "application/yang-data+json"})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


@pytest.mark.requirement("R10")
def test_a_full_disk_refuses_commits_in_words_and_goes_on_when_there_is_room(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        daemon = traffic.Daemon(disk / "state")
        try:
            assert put(daemon, 1)[0] == 201
            ballast = disk / "ballast"
            with open(ballast, "wb", buffering=0) as file:
                try:
                    while True:
                        file.write(b"x" * 1024)
                except OSError:
                    pass
            number, status = 1, 204
            while status == 204 and number < 2000:
                number += 1
                status, body = put(daemon, number)
            assert status == 500 and "No space left on device" in body, (status, body)
            assert daemon.read() == (number - 1, number - 1), "what was refused is not served"
            ballast.unlink()
            assert put(daemon, number)[0] == 204, "there is room again"
            daemon.kill()
            daemon = traffic.Daemon(disk / "state")
            assert daemon.read() == (number, number)
        finally:
            daemon.stop()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


@pytest.mark.requirement("R10")
@pytest.mark.parametrize("damage, word", [
    (lambda state: (state / "log.0").chmod(0), "log.0: permission denied"),
    (lambda state: os.chown(state / "log.0", 65534, 65534), "log.0: permission denied"),
    (lambda state: state.chmod(0o500), "permission denied"),
    (lambda state: ((state / "log.0").unlink(), (state / "log.0").mkdir()), "log.0"),
], ids=["unreadable", "of another owner", "directory not writable", "no file"])
def test_files_that_cannot_be_used_end_the_start_with_their_name(tmp_path, damage, word):
    state = tmp_path / "state"
    daemon = traffic.Daemon(state)
    put(daemon, 1)
    daemon.stop()
    damage(state)
    try:
        # Without the capabilities by which root reads and writes what it likes.
        done = subprocess.run(
            ["setpriv", "--bounding-set=-dac_override,-dac_read_search", ROOT / "build/bin/lagopusd",
             "--state", state, "--netconf", "none", "--restconf", "none", "--no-components",
             "--yang", ROOT / "tests/soak"],
            capture_output=True, text=True, timeout=60)
    finally:
        state.chmod(0o700)
    assert done.returncode == 78, done.stderr
    assert word in done.stderr.lower(), done.stderr


@pytest.mark.requirement("R10")
def test_a_read_only_file_system_ends_the_start_with_its_name(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        daemon = traffic.Daemon(disk / "state")
        put(daemon, 1)
        daemon.stop()
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        done = subprocess.run(
            [ROOT / "build/bin/lagopusd", "--state", disk / "state", "--netconf", "none", "--restconf", "none",
             "--no-components", "--yang", ROOT / "tests/soak"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 78 and "Read-only file system" in done.stderr, done.stderr
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
