"""Logging of the controller is configuration: it changes with commits and without a restart."""

import json
import re
import socket

import pytest
from conftest import eventually

from box import config

LOGGING = "urn:lagopus:yang:lagopus-logging"
PATH = "/restconf/data/lagopus-logging:logging/component=lagopusd"


def lagopusd_logs(inside):
    return config(f'<logging xmlns="{LOGGING}"><component><name>lagopusd</name>'
                  f"<config><name>lagopusd</name></config>{inside}</component></logging>")


def commit(daemon, inside):
    with daemon.netconf() as netconf:
        netconf.edit_config(target="candidate", config=lagopusd_logs(inside))
        netconf.commit()


def refused_login(daemon, name):
    """Makes the controller log a line of level info that has `name` in it."""
    assert daemon.curl("GET", "/restconf", user=f"{name}:wrong")[0] == 401


def remote(port, transport):
    return (f"<remote-servers><remote-server><address>127.0.0.1</address><config><address>127.0.0.1</address>"
            f"<port>{port}</port><transport>{transport}</transport></config></remote-server></remote-servers>")


@pytest.mark.requirement("R2 R62")
def test_a_file_by_netconf_and_a_level_by_restconf_without_a_restart(lagopusd):
    daemon = lagopusd()
    file = daemon.state / "log/lagopusd.log"
    refused_login(daemon, "early")
    assert not file.exists()

    commit(daemon, "<file><config><enabled>true</enabled></config></file>"
                   "<console><config><enabled>false</enabled></config></console>")
    refused_login(daemon, "filed")
    assert re.search(r"INFO .*login of filed from 127\.0\.0\.1 refused", file.read_text())
    assert "early" not in file.read_text()
    assert "login of early" in daemon.log.read_text()
    assert "filed" not in daemon.log.read_text()

    status, _, body = daemon.curl("PATCH", PATH + "/config",
                                  json.dumps({"lagopus-logging:config": {"level": "error"}}))
    assert status == 204, body
    refused_login(daemon, "silent")
    assert "silent" not in file.read_text()
    assert daemon.process.poll() is None

    daemon.stop()
    again = lagopusd()
    refused_login(again, "rebooted")
    assert "rebooted" not in file.read_text()
    assert again.curl("DELETE", PATH + "/config/level")[0] == 204
    refused_login(again, "returned")
    assert "returned" in file.read_text()


@pytest.mark.requirement("R62")
def test_a_file_that_is_full_is_followed_by_another_one(lagopusd):
    daemon = lagopusd()
    commit(daemon, "<file><config><enabled>true</enabled><maximum-file-size>1</maximum-file-size>"
                   "<maximum-files>2</maximum-files></config></file>")
    file = daemon.state / "log/lagopusd.log"
    with open(file, "a") as grown:
        grown.write("x" * (1 << 20) + "\n")
    daemon.stop()
    again = lagopusd()
    for round in range(2):
        refused_login(again, f"round{round}")
    assert "round1" in file.read_text()
    assert file.stat().st_size < 1 << 20
    assert {f.name for f in file.parent.iterdir()} == {"lagopusd.log", "lagopusd.log.1"}


@pytest.mark.requirement("R62")
def test_syslog_by_datagrams(lagopusd):
    daemon = lagopusd()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        commit(daemon, remote(server.getsockname()[1], "udp"))
        refused_login(daemon, "datagram")
        message = server.recv(65535).decode()
        while "login of datagram" not in message:
            message = server.recv(65535).decode()
        # RFC 5424: PRI of daemon.info (3 * 8 + 6), version 1, timestamp, host, application, process.
        assert re.match(r"<30>1 \d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d) \S+ lagopusd \d+ ", message), message


@pytest.mark.requirement("R62")
def test_syslog_over_a_connection_that_is_made_again(lagopusd):
    daemon = lagopusd()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        commit(daemon, remote(server.getsockname()[1], "tcp"))
        first, _ = server.accept()
        refused_login(daemon, "connected")
        first.settimeout(10)
        lines = first.makefile()
        line = lines.readline()
        while "login of connected" not in line:
            line = lines.readline()
        assert line.startswith("<30>1 ") and line.endswith("\n")
        lines.close()
        first.close()

        def made_again():
            refused_login(daemon, "again")
            server.settimeout(1)
            try:
                server.accept()[0].close()
                return True
            except TimeoutError:
                return False

        eventually(made_again, 20)


@pytest.mark.requirement("R62")
def test_what_cannot_be_written_is_refused_and_a_host_that_is_away_is_not(lagopusd):
    daemon = lagopusd()
    (daemon.state / "log").write_text("in the way")
    status, _, body = daemon.curl("PUT", PATH, json.dumps({"lagopus-logging:component": [
        {"name": "lagopusd", "config": {"name": "lagopusd"}, "file": {"config": {"enabled": True}}}]}))
    assert status >= 400 and str(daemon.state / "log") in body and "directory" in body
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    commit(daemon, remote(port, "tcp"))
    refused_login(daemon, "alone")
    assert "login of alone" in daemon.log.read_text()
