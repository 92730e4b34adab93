"""Notifications and subscriptions (RFC 5277, 6470, 8639, 8641) as ncclient sees them."""

import contextlib
import json
import re
import time
from datetime import datetime, timedelta, timezone

import paramiko
import pytest
from conftest import ROOT, eventually
from ncclient.xml_ import to_ele

from box import config

YANG = ROOT / "tests/northbound/yang"
SN = "urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications"
YP = "urn:ietf:params:xml:ns:yang:ietf-yang-push"


def label(text, number=1):
    return config('<cellar xmlns="urn:lagopus:test:cellar"><bottle>'
                  f"<id>{number}</id><label>{text}</label></bottle></cellar>")


def heard(netconf, part, seconds=20):
    """The next notification with this in it; those before are let go."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        notification = netconf.take_notification(timeout=1)
        if notification is not None and part in notification.notification_xml:
            return notification.notification_xml
    raise AssertionError(f"no notification with {part}")


def rpc(netconf, xml):
    return str(netconf.dispatch(to_ele(xml)))


def establish(netconf, parameters):
    reply = rpc(netconf, f'<establish-subscription xmlns="{SN}" xmlns:yp="{YP}" '
                'xmlns:ds="urn:ietf:params:xml:ns:yang:ietf-datastores">'
                f"{parameters}</establish-subscription>")
    return int(re.search(r"<id[^>]*>(\d+)</id>", reply).group(1))


@pytest.fixture
def daemon(lagopusd):
    return lagopusd("--yang", YANG)


@pytest.mark.requirement("R16")
def test_a_change_by_restconf_reaches_a_subscriber_of_netconf(daemon):
    with daemon.netconf() as netconf:
        netconf.create_subscription()
        status, _, _ = daemon.curl(
            "PUT", "/restconf/data/cellar:cellar",
            json.dumps({"cellar:cellar": {"bottle": [{"id": 1, "label": "red"}]}}))
        assert status in (201, 204)
        told = heard(netconf, "netconf-config-change")
        assert "<username>admin</username>" in told
        assert "<operation>create</operation>" in told
        # Requests go on beside it.
        assert "red" in netconf.get_config("running").data_xml


@pytest.mark.requirement("R16")
def test_what_was_missed_is_replayed_after_a_new_login(daemon):
    begin = datetime.now(timezone.utc) - timedelta(seconds=5)
    with daemon.netconf() as netconf:
        netconf.edit_config(target="running", config=label("before"))
    with daemon.netconf() as netconf:
        netconf.create_subscription(start_time=begin.isoformat())
        heard(netconf, "netconf-config-change")
        heard(netconf, "replayComplete")
        netconf.edit_config(target="running", config=label("after"))
        heard(netconf, "netconf-config-change")


@pytest.mark.requirement("R16")
def test_confirmed_commits_and_sessions_are_told(daemon):
    with daemon.netconf() as netconf:
        netconf.create_subscription()
        with daemon.netconf() as other:
            started = heard(netconf, "netconf-session-start")
            assert f"<session-id>{other.session_id}</session-id>" in started
            other.edit_config(target="candidate", config=label("tried"))
            other.commit(confirmed=True, timeout="60")
            assert "<timeout>60</timeout>" in heard(netconf, "<confirm-event>start")
        # With the session the confirmed commit ends, and nobody has confirmed it.
        heard(netconf, "<confirm-event>cancel")
        heard(netconf, "<termination-reason>closed")


@pytest.mark.requirement("R16")
def test_a_stream_is_subscribed_to_and_left_again(daemon):
    with daemon.netconf() as netconf, daemon.netconf() as writer:
        number = establish(netconf, "<stream>NETCONF</stream>")
        writer.edit_config(target="running", config=label("one"))
        heard(netconf, "netconf-config-change")
        eventually(lambda: f"<id>{number}</id>" in netconf.get(
            ("subtree", f'<subscriptions xmlns="{SN}"/>')).data_xml, what="the state of it")
        rpc(writer, f'<kill-subscription xmlns="{SN}"><id>{number}</id></kill-subscription>')
        assert "no-such-subscription" in heard(netconf, "subscription-terminated")
        eventually(lambda: f"<id>{number}</id>" not in netconf.get(
            ("subtree", f'<subscriptions xmlns="{SN}"/>')).data_xml, what="the end of it")


@pytest.mark.requirement("R16")
def test_a_datastore_is_pushed_when_it_changes(daemon):
    with daemon.netconf() as netconf, daemon.netconf() as writer:
        writer.edit_config(target="running", config=label("old"))
        establish(netconf, '<yp:datastore>ds:running</yp:datastore><yp:datastore-subtree-filter>'
                  '<cellar xmlns="urn:lagopus:test:cellar"><bottle><id>1</id></bottle></cellar>'
                  "</yp:datastore-subtree-filter><yp:on-change/>")
        assert "<label>old</label>" in heard(netconf, "push-update")
        writer.edit_config(target="running", config=label("unseen", 2))
        writer.edit_config(target="running", config=label("new"))
        told = heard(netconf, "push-change-update")
        assert "<target>/cellar:cellar/bottle=1/label</target>" in told
        assert "new" in told and "unseen" not in told


@pytest.mark.requirement("R16")
def test_a_filter_that_is_configured_is_followed_to_its_end(daemon):
    filters = "/restconf/data/ietf-subscribed-notifications:filters"

    def choose(label):
        return daemon.curl("PUT", filters, json.dumps({"ietf-subscribed-notifications:filters": {
            "ietf-yang-push:selection-filter": [{
                "filter-id": "some",
                "datastore-xpath-filter": f"/cellar:cellar/cellar:bottle[cellar:label='{label}']"}]}}))[0]

    assert choose("red") in (201, 204)
    with daemon.netconf() as netconf:
        establish(netconf, "<yp:datastore>ds:running</yp:datastore>"
                  "<yp:selection-filter-ref>some</yp:selection-filter-ref><yp:on-change/>")
        heard(netconf, "push-update")
        netconf.edit_config(target="running", config=label("white", 1))
        netconf.edit_config(target="running", config=label("red", 2))
        told = heard(netconf, "push-change-update")
        assert ">red<" in told and "white" not in told
        assert choose("white") == 204
        heard(netconf, "subscription-modified")
        told = heard(netconf, "push-update")
        assert ">white<" in told and "red" not in told
        assert daemon.curl("DELETE", filters)[0] == 204
        assert "filter-unavailable" in heard(netconf, "subscription-terminated")


@pytest.mark.requirement("R16")
def test_the_operational_datastore_is_pushed_again_and_again(daemon):
    with daemon.netconf() as netconf:
        establish(netconf, '<yp:datastore>ds:operational</yp:datastore>'
                  '<yp:datastore-subtree-filter><netconf-state xmlns='
                  '"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"><sessions/>'
                  "</netconf-state></yp:datastore-subtree-filter>"
                  "<yp:periodic><yp:period>20</yp:period></yp:periodic>")
        for _ in range(3):
            assert "<username>admin</username>" in heard(netconf, "push-update")


@contextlib.contextmanager
def stalled(daemon):
    """A subscriber that reads nothing: what fits into its SSH window is all it ever takes."""
    base = "urn:ietf:params:xml:ns:netconf:base:1.0"
    transport = paramiko.Transport(("127.0.0.1", daemon.netconf_port))
    try:
        transport.start_client(timeout=30)
        transport.auth_password(daemon.user, daemon.password)
        channel = transport.open_session(window_size=32768)
        channel.invoke_subsystem("netconf")
        channel.sendall(f'<hello xmlns="{base}"><capabilities><capability>'
                        "urn:ietf:params:netconf:base:1.0</capability></capabilities></hello>]]>]]>"
                        f'<rpc xmlns="{base}" message-id="1"><create-subscription xmlns='
                        '"urn:ietf:params:xml:ns:netconf:notification:1.0"/></rpc>]]>]]>')
        yield
    finally:
        transport.close()


def resident(daemon):
    """Kilobytes of memory."""
    status = open(f"/proc/{daemon.process.pid}/status").read()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))


@pytest.mark.requirement("R16")
def test_many_subscribers_hold_no_memory_and_a_stalled_one_disturbs_nobody(daemon):
    """All of them are places in one log; the one that does not read is not waited for."""
    with daemon.netconf() as writer, daemon.netconf() as healthy, stalled(daemon):
        for _ in range(200):
            establish(healthy, "<stream>NETCONF</stream><stream-subtree-filter>"
                      '<nothing xmlns="urn:x"/></stream-subtree-filter>')
        establish(healthy, "<stream>NETCONF</stream>")
        before = resident(daemon)
        for i in range(300):
            writer.edit_config(target="running", config=label(f"n{i}"))
        for _ in range(300):
            heard(healthy, "netconf-config-change")
        assert resident(daemon) - before < 100_000
