"""The launcher: what it reads in unit files, and what it does with processes."""

import contextlib
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAUNCHER = ROOT / "packaging/launcher/lagopus-launcher"


def load():
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("lagopus_launcher", str(LAUNCHER))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


launcher = load()

# Sends what it is told to the service manager; `hang` stops the signs of life when a file appears.
SERVICE = """
import os, signal, socket, sys, time
def tell(text):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.sendto(text.encode(), os.environ["NOTIFY_SOCKET"])
print("hello from", *sys.argv[1:], flush=True)
if "deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "child" in sys.argv and os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    open(os.path.join(os.environ["LAGOPUS_RUN"], "child"), "w").write(str(os.getpid()))
    time.sleep(1000)
if "late" in sys.argv:
    time.sleep(0.5)
if "never" not in sys.argv:
    tell("READY=1\\nSTATUS=fine")
if "stderr" in sys.argv:
    print("to stderr", file=sys.stderr, flush=True)
while True:
    if os.path.exists(os.path.join(os.environ["LAGOPUS_RUN"], "hang")):
        time.sleep(1000)
    tell("WATCHDOG=1")
    time.sleep(0.05)
"""


class Tree:
    """A prefix with unit files and programs of its own, and the launcher on it."""

    def __init__(self, path):
        self.path = path
        self.run_directory = path / "run"
        self.units = path / "lib/systemd/system"
        self.units.mkdir(parents=True)
        (path / "bin").mkdir()
        self.program("service", f"#!/usr/bin/python3\n{SERVICE}")
        self.process = None

    def program(self, name, text):
        file = self.path / "bin" / name
        file.write_text(text)
        file.chmod(0o755)

    def unit(self, name, service="", unit="", command="/usr/bin/service"):
        (self.units / f"{name}.service").write_text(
            f"[Unit]\n{textwrap.dedent(unit)}\n[Service]\nExecStart={command}\n{textwrap.dedent(service)}\n")

    def start(self, *arguments):
        self.output = open(self.path / "output", "w+")
        self.process = subprocess.Popen(
            [LAUNCHER, "run", "--prefix", self.path, "--run", self.run_directory, *arguments],
            stdout=self.output, stderr=subprocess.STDOUT, start_new_session=True)
        return self

    def ask(self, *words):
        return subprocess.run([LAUNCHER, *words, "--run", self.run_directory], capture_output=True, text=True,
                              timeout=20)

    def status(self):
        done = self.ask("status", "--json")
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def until(self, condition, seconds=20):
        """Waits for a condition on the status; returns the status."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.status()
            with contextlib.suppress(KeyError):
                if condition(found):
                    return found
            assert self.process.poll() is None, self.log()
            time.sleep(0.05)
        raise AssertionError(f"not reached: {found}\n{self.log()}")

    def up(self, *names):
        return self.until(lambda s: all(s[name]["state"] == "active" for name in names))

    def log(self):
        return (self.path / "output").read_text()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def close(self):
        if self.process and self.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.terminate()
                self.process.wait(15)
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()


@pytest.fixture
def tree(tmp_path):
    made = Tree(tmp_path)
    yield made
    made.close()


def gone(pid):
    """Whether a process has ended, or ends within a moment."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            if pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


NOTIFY = "Type=notify\nRestart=always\nRestartSec=100ms\nWatchdogSec=1s\nTimeoutStopSec=1s\nTimeoutAbortSec=500ms"


# --- unit files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("text, expected", [
    ("5", 5), ("200ms", 0.2), ("1min 30s", 90), ("2h", 7200), ("infinity", None), ("1.5s", 1.5)])
def test_time_spans_are_those_of_systemd(text, expected):
    assert launcher.seconds(text) == expected


@pytest.mark.parametrize("text", ["", "x", "5 parsecs", "ms", "5s x"])
def test_what_is_no_time_span_is_refused(text):
    with pytest.raises(launcher.UnitError):
        launcher.seconds(text)


def read(text, name="u"):
    file = launcher.UnitFile(name)
    file.read(textwrap.dedent(text), "u.service")
    return file


def test_assignments_add_and_an_empty_one_takes_back():
    file = read("""
        # a comment
        [Unit]
        After=a.service b.service network.target
        [Service]
        Environment=A=1
        Environment="B=two words" C=3
        ExecStart=/bin/one \\
            two
        LimitCORE=1
        LimitCORE=
        """)
    assert file.names("After") == ["a", "b"]
    assert file.text("ExecStart").split() == ["/bin/one", "two"]
    assert file.text("LimitCORE", "none") == "none"
    variables = launcher.environment(file, launcher.Place(None, None, None))
    assert (variables["A"], variables["B"], variables["C"]) == ("1", "two words", "3")


def test_what_is_neither_section_nor_assignment_is_refused_with_its_line():
    with pytest.raises(launcher.UnitError, match="u.service:2"):
        read("[Service]\nnonsense\n")


def test_variables_and_specifiers_are_put_into_the_command():
    file = read("""
        [Service]
        Environment=DIR=/a ARGS=
        Environment="MANY=one 'two three'"
        ExecStart=-/usr/bin/x --dir ${DIR}/%N $MANY $ARGS $$ 100%%
        """, "lagopus-x")
    place = launcher.Place("/opt/box", None, None)
    assert launcher.command(file, place, launcher.environment(file, place)) == [
        "/opt/box/bin/x", "--dir", "/a/lagopus-x", "one", "two three", "$", "100%"]


def test_run_and_state_directory_are_overridden(tmp_path):
    file = read("[Service]\nEnvironment=LAGOPUS_RUN=%t/lagopus LAGOPUS_STATE=%S/lagopus\n")
    plain = launcher.environment(file, launcher.Place(None, None, None))
    assert plain["LAGOPUS_RUN"].endswith("/lagopus")
    moved = launcher.environment(file, launcher.Place(None, tmp_path / "r", tmp_path / "s"))
    assert moved["LAGOPUS_RUN"] == str(tmp_path / "r")
    assert moved["LAGOPUS_STATE"] == str(tmp_path / "s")


def test_an_environment_file_may_be_absent_only_if_marked(tmp_path):
    place = launcher.Place(tmp_path, None, None)
    assert launcher.environment(read("[Service]\nEnvironmentFile=-/etc/none.env\n"), place)
    with pytest.raises(launcher.UnitError, match="none.env"):
        launcher.environment(read("[Service]\nEnvironmentFile=/etc/none.env\n"), place)
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/x.env").write_text("# comment\nARGS=--one \"two three\"\n")
    assert launcher.environment(read("[Service]\nEnvironmentFile=/etc/x.env\n"), place)["ARGS"] == "--one two three"


@pytest.mark.requirement("R28")
@pytest.mark.parametrize("name", ["lagopusd", "lagopus-worker", "lagopus-dataplane"])
def test_every_unit_of_the_box_is_understood_whole(name):
    file = launcher.UnitFile.load(ROOT / f"packaging/systemd/{name}.service")
    assert file.unread() == []
    place = launcher.Place("/opt/box", "/r", "/s")
    words = launcher.command(file, place, launcher.environment(file, place))
    assert words[:3] == [f"/opt/box/bin/{name}", "--run", "/r"]
    assert file.text("Type") == "notify"
    assert file.text("Restart") == "always"
    assert file.seconds("WatchdogSec", 0) > 0
    assert file.text("User") not in ("", "root")
    assert file.text("NoNewPrivileges") == "yes"


# --- processes -----------------------------------------------------------------------------------


@pytest.mark.requirement("R28")
def test_a_unit_is_active_when_it_says_so_and_its_output_carries_its_name(tree):
    tree.unit("a", NOTIFY, command="/usr/bin/service late stderr")
    tree.start()
    assert tree.until(lambda s: s["a"]["state"] == "activating")
    found = tree.up("a")
    assert found["a"]["status"] == "fine"
    assert found["a"]["restarts"] == 0
    pid = found["a"]["pid"]
    assert tree.stop() == 0
    assert gone(pid)
    assert "a | hello from late stderr" in tree.log()
    assert "a | to stderr" in tree.log()
    assert not (tree.run_directory / "launcher.sock").exists()


@pytest.mark.requirement("R30")
def test_a_killed_unit_comes_back(tree):
    tree.unit("a", NOTIFY)
    tree.unit("b", NOTIFY)
    tree.start()
    before = tree.up("a", "b")
    os.kill(before["a"]["pid"], signal.SIGKILL)
    after = tree.until(lambda s: s["a"]["restarts"] == 1 and s["a"]["state"] == "active")
    assert after["a"]["pid"] != before["a"]["pid"]
    assert after["b"]["pid"] == before["b"]["pid"]


@pytest.mark.requirement("R29")
@pytest.mark.parametrize("how", ["hang", "SIGSTOP"])
def test_a_unit_without_signs_of_life_is_killed_and_started_again(tree, how):
    tree.unit("a", NOTIFY)
    tree.start()
    pid = tree.up("a")["a"]["pid"]
    if how == "hang":
        (tree.run_directory / "hang").touch()
    else:
        os.kill(pid, signal.SIGSTOP)
    tree.until(lambda s: s["a"]["pid"] != pid)
    (tree.run_directory / "hang").unlink(missing_ok=True)
    assert tree.until(lambda s: s["a"]["restarts"] >= 1 and s["a"]["state"] == "active")
    assert gone(pid)
    assert "gave no sign of life" in tree.log()


@pytest.mark.requirement("R30")
def test_the_pause_before_a_restart_grows(tree):
    tree.program("fail", "#!/bin/sh\nexit 1\n")
    tree.unit("a", "Restart=on-failure\nRestartSec=50ms\nRestartSteps=4\nRestartMaxDelaySec=30s",
              "StartLimitIntervalSec=0", "/usr/bin/fail")
    tree.start()
    tree.until(lambda s: s["a"]["restarts"] >= 3)
    time.sleep(1)
    assert tree.status()["a"]["restarts"] <= 4


@pytest.mark.requirement("R30")
def test_a_start_limit_ends_the_restarts_and_a_request_begins_anew(tree):
    tree.program("fail", "#!/bin/sh\nexit 1\n")
    tree.unit("a", "Restart=on-failure\nRestartSec=10ms", "StartLimitIntervalSec=60\nStartLimitBurst=3",
              "/usr/bin/fail")
    tree.unit("b", NOTIFY)
    tree.start()
    found = tree.until(lambda s: s["a"]["state"] == "failed" and s["b"]["state"] == "active")
    assert found["a"]["result"] == "start-limit-hit"
    assert tree.log().count("a * ended with status 1") == 3
    tree.ask("start", "a")
    tree.until(lambda s: s["a"]["state"] == "failed")
    assert tree.log().count("a * ended with status 1") == 6


@pytest.mark.parametrize("restart, code, again", [
    ("no", 1, False), ("always", 0, True), ("on-failure", 0, False), ("on-failure", 3, True),
    ("on-failure", 143, False), ("on-abnormal", 3, False), ("on-success", 0, True), ("always", 78, False)])
def test_restart_follows_the_way_it_ended(tree, restart, code, again):
    tree.program("end", f"#!/bin/sh\nexit {code}\n")
    tree.unit("a", f"Restart={restart}\nRestartSec=10s\nSuccessExitStatus=143\nRestartPreventExitStatus=78",
              command="/usr/bin/end")
    tree.unit("b", NOTIFY)
    tree.start()
    found = tree.until(lambda s: s["b"]["state"] == "active" and s["a"]["state"] in ("restarting", "inactive", "failed"))
    assert (found["a"]["state"] == "restarting") == again


def test_a_unit_that_never_gets_ready_is_stopped_and_tried_again(tree):
    tree.unit("a", NOTIFY + "\nTimeoutStartSec=300ms", command="/usr/bin/service never")
    tree.start()
    found = tree.until(lambda s: s["a"]["restarts"] >= 1)
    assert "was not ready in time" in tree.log()
    assert found["a"]["state"] != "active"


def test_order_holds_at_the_start_and_turns_round_at_the_end(tree):
    tree.unit("a", NOTIFY, "After=b.service", "/usr/bin/service")
    tree.unit("b", NOTIFY, "After=c.service", "/usr/bin/service late")
    tree.unit("c", NOTIFY, "", "/usr/bin/service late")
    tree.start()
    tree.up("a", "b", "c")
    assert tree.stop() == 0
    log = tree.log()
    assert log.index("c * active") < log.index("b * activating") < log.index("b * active") < log.index("a * activating")
    assert log.index("a * inactive") < log.index("b * deactivating")
    assert log.index("b * inactive") < log.index("c * deactivating")


def test_units_that_wait_for_each_other_are_refused(tree):
    tree.unit("a", NOTIFY, "After=b.service")
    tree.unit("b", NOTIFY, "After=a.service")
    tree.start()
    assert tree.process.wait(10) == 2
    assert "wait for each other: a -> b -> a" in tree.log()


def test_who_requires_a_unit_that_failed_fails_too(tree):
    tree.unit("a", NOTIFY, "Requires=b.service\nAfter=b.service")
    tree.unit("b", "Restart=no", command="/usr/bin/absent")
    tree.start()
    assert tree.process.wait(10) == 1
    assert "/bin/absent is no program" in tree.log()
    assert "a * failed (dependency)" in tree.log()


@pytest.mark.requirement("R31")
def test_who_does_not_end_is_killed_with_its_children(tree):
    tree.unit("a", NOTIFY, command="/usr/bin/service deaf child")
    tree.start()
    pid = tree.up("a")["a"]["pid"]
    child = int((tree.run_directory / "child").read_text())
    assert tree.stop() == 0
    assert gone(pid) and gone(child)
    assert "does not end; killed" in tree.log()


@pytest.mark.requirement("R31")
def test_children_of_a_killed_unit_do_not_outlive_it(tree):
    tree.unit("a", NOTIFY, command="/usr/bin/service child")
    tree.start()
    pid = tree.up("a")["a"]["pid"]
    child = int((tree.run_directory / "child").read_text())
    os.kill(pid, signal.SIGKILL)
    assert gone(child)


def test_nothing_is_left_when_the_launcher_is_killed(tree):
    tree.unit("a", NOTIFY)
    tree.unit("b", NOTIFY, command="/usr/bin/service deaf")
    tree.start()
    found = tree.up("a", "b")
    tree.process.kill()
    tree.process.wait()
    assert gone(found["a"]["pid"]) and gone(found["b"]["pid"])
    tree.start()  # the old socket is no hindrance
    tree.up("a", "b")


def test_one_run_directory_has_one_launcher(tree):
    tree.unit("a", NOTIFY)
    tree.start()
    tree.up("a")
    second = subprocess.run([LAUNCHER, "run", "--prefix", tree.path, "--run", tree.run_directory],
                            capture_output=True, text=True, timeout=20)
    assert second.returncode == 2
    assert "running already" in second.stderr


def test_units_are_stopped_started_and_restarted_on_request(tree):
    tree.unit("a", NOTIFY)
    tree.unit("b", NOTIFY)
    tree.start()
    first = tree.up("a", "b")["a"]["pid"]
    assert tree.ask("restart", "a").returncode == 0
    second = tree.until(lambda s: s["a"]["state"] == "active" and s["a"]["pid"] != first)
    assert second["a"]["restarts"] == 0
    tree.ask("stop", "a.service")
    tree.until(lambda s: s["a"]["state"] == "inactive")
    tree.ask("start", "a")
    tree.up("a")
    assert tree.ask("stop", "nobody").returncode == 3


def test_arguments_assignments_and_drop_ins_come_from_the_command_line(tree, tmp_path):
    tree.unit("a", NOTIFY, command="/usr/bin/service --fixed $ARGS")
    tree.unit("b", NOTIFY + "\nEnvironment=WORD=unit")
    (tree.units / "b.service.d").mkdir()
    (tree.units / "b.service.d/10.conf").write_text("[Service]\nExecStart=\nExecStart=/usr/bin/service ${WORD}\n")
    (tmp_path / "more.conf").write_text("[Service]\nEnvironment=WORD=file\n")
    tree.unit("c", NOTIFY)
    tree.start("--args", "a=one 'two three'", "--args", "b=more", "--drop-in", f"b={tmp_path}/more.conf",
               "--set", "a=WatchdogSec=2s", "a", "b")
    assert set(tree.up("a", "b")) == {"a", "b"}
    assert "a | hello from --fixed one two three" in tree.log()
    assert "b | hello from file more" in tree.log()


def test_limits_hold_for_the_process(tree):
    tree.program("limits", "#!/bin/sh\nulimit -n; ulimit -c; umask\nsleep 100\n")
    tree.unit("a", "LimitNOFILE=123\nLimitCORE=0\nUMask=0027\nNice=5", command="/usr/bin/limits")
    tree.start()
    pid = tree.up("a")["a"]["pid"]
    tree.until(lambda _: "0027" in tree.log())
    assert "a | 123" in tree.log()
    assert os.getpriority(os.PRIO_PROCESS, pid) == os.getpriority(os.PRIO_PROCESS, 0) + 5


@pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")
def test_a_unit_runs_in_its_namespace(tree):
    name = f"lt{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        tree.unit("a", NOTIFY)
        tree.start("--netns", f"a={name}")
        pid = tree.up("a")["a"]["pid"]
        assert os.readlink(f"/proc/{pid}/ns/net") != os.readlink("/proc/self/ns/net")
        assert tree.stop() == 0
        assert gone(pid)
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


def test_notifications_of_strangers_are_not_believed(tree):
    tree.unit("a", NOTIFY, command="/usr/bin/service never")
    tree.start()
    pid = tree.until(lambda s: s["a"]["pid"])["a"]["pid"]
    address = dict(pair.split("=", 1) for pair in pathlib.Path(f"/proc/{pid}/environ").read_text().split("\0")
                   if "=" in pair)["NOTIFY_SOCKET"]
    import socket
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(b"READY=1", address)
    time.sleep(0.3)
    assert tree.status()["a"]["state"] == "activating"
