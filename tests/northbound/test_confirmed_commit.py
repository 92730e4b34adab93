"""Confirmed commits (RFC 6241 §8.4) as ncclient and curl see them."""

import json
import re
import signal
import time

import pytest
from conftest import ROOT, eventually
from ncclient.operations import RPCError

from box import config

YANG = ROOT / "tests/northbound/yang"


def label(text):
    return config('<cellar xmlns="urn:lagopus:test:cellar"><bottle><id>1</id>'
                  f"<label>{text}</label></bottle></cellar>")


def shown(daemon):
    with daemon.netconf() as netconf:
        return re.findall(r"<label>(.*?)</label>", netconf.get_config("running").data_xml)


def refused(operation, *arguments, **named):
    with pytest.raises(RPCError) as error:
        operation(*arguments, **named)
    return error.value.tag


def post(daemon, name, **leaves):
    status, _, body = daemon.curl("POST", f"/restconf/operations/lagopus-history:{name}",
                                  json.dumps({"lagopus-history:input": leaves}))
    return status, body


@pytest.fixture
def daemon(lagopusd):
    started = lagopusd("--yang", YANG)
    with started.netconf() as netconf:
        netconf.edit_config(target="running", config=label("before"))
    return started


@pytest.mark.requirement("R17 R35")
def test_it_goes_back_in_time_and_stays_when_it_is_confirmed(daemon):
    with daemon.netconf() as netconf:
        netconf.edit_config(target="candidate", config=label("tried"))
        began = time.monotonic()
        netconf.commit(confirmed=True, timeout="2")
        assert shown(daemon) == ["tried"]
        eventually(lambda: shown(daemon) == ["before"], 20, what="going back")
        assert time.monotonic() - began >= 2
        netconf.discard_changes()
        netconf.edit_config(target="candidate", config=label("kept"))
        netconf.commit(confirmed=True, timeout="2")
        netconf.commit(confirmed=True, timeout="600")
        netconf.commit()
    assert shown(daemon) == ["kept"]


@pytest.mark.requirement("R17")
def test_it_goes_back_with_its_session_and_is_cancelled(daemon):
    with daemon.netconf() as netconf, daemon.netconf() as other:
        netconf.edit_config(target="candidate", config=label("tried"))
        netconf.commit(confirmed=True)
        assert refused(other.commit) == "in-use"
        assert refused(other.commit, persist_id="x") == "invalid-value"
        assert refused(other.edit_config, target="running", config=label("other")) == "in-use"
        assert refused(other.cancel_commit) == "operation-failed"
        status, _, body = daemon.curl("DELETE", "/restconf/data/cellar:cellar")
        assert status == 409 and "in-use" in body
        netconf.cancel_commit()
        assert shown(daemon) == ["before"]
        assert refused(netconf.cancel_commit) == "operation-failed"
        netconf.discard_changes()
        netconf.edit_config(target="candidate", config=label("again"))
        netconf.commit(confirmed=True)
        assert shown(daemon) == ["again"]
    eventually(lambda: shown(daemon) == ["before"], 20, what="going back")


@pytest.mark.requirement("R17")
def test_with_persist_another_session_or_restconf_confirms(daemon):
    with daemon.netconf() as netconf:
        netconf.edit_config(target="candidate", config=label("tried"))
        netconf.commit(confirmed=True, persist="word")
    assert shown(daemon) == ["tried"]
    with daemon.netconf() as netconf:
        assert refused(netconf.commit) == "in-use"
        assert refused(netconf.commit, persist_id="guess") == "invalid-value"
        assert refused(netconf.cancel_commit, persist_id="guess") == "invalid-value"
        netconf.commit(confirmed=True, persist_id="word")
    assert post(daemon, "commit", **{"persist-id": "word"})[0] == 200
    status, body = post(daemon, "commit", confirmed=[None])
    assert status == 400 and "persist" in body
    with daemon.netconf() as netconf:
        netconf.edit_config(target="candidate", config=label("rest"))
    assert post(daemon, "commit", confirmed=[None], persist="w")[0] == 200
    assert shown(daemon) == ["rest"]
    assert post(daemon, "cancel-commit", **{"persist-id": "w"})[0] == 204
    assert shown(daemon) == ["tried"]


@pytest.mark.requirement("R10 R17 R35")
def test_kill_9_in_mid_wait_goes_back(daemon, lagopusd):
    with daemon.netconf() as netconf:
        netconf.edit_config(target="candidate", config=label("first"))
        netconf.commit(confirmed=True, timeout="600", persist="word")
        netconf.edit_config(target="candidate", config=label("second"))
        netconf.commit(confirmed=True, timeout="600", persist_id="word")
    assert shown(daemon) == ["second"]
    daemon.stop(signal.SIGKILL)
    again = lagopusd("--yang", YANG)
    assert shown(again) == ["before"]
    with again.netconf() as netconf:
        assert refused(netconf.commit, persist_id="word") == "invalid-value"
        netconf.edit_config(target="running", config=label("after"))
    assert "not confirmed" in again.log.read_text()
