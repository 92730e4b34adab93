"""The history of commits, over NETCONF and RESTCONF alike."""

import json
import re
import signal

import pytest
from conftest import ROOT
from ncclient.operations import RPCError
from ncclient.xml_ import to_ele

from box import config

YANG = ROOT / "tests/northbound/yang"
CE = "urn:lagopus:test:cellar"
HISTORY = "urn:lagopus:yang:lagopus-history"
NC = "urn:ietf:params:xml:ns:netconf:base:1.0"


def bottle(number, label="x"):
    return config(f'<cellar xmlns="{CE}"><bottle><id>{number}</id><label>{label}</label></bottle></cellar>')


def call(netconf, name, inside=""):
    return netconf.dispatch(to_ele(f'<{name} xmlns="{HISTORY}">{inside}</{name}>')).xml


def ids(netconf):
    return [int(n) for n in re.findall(r"<id>(\d+)</id>", call(netconf, "list-commits"))]


def post(daemon, name, **leaves):
    status, _, body = daemon.curl("POST", f"/restconf/operations/lagopus-history:{name}",
                                  json.dumps({"lagopus-history:input": leaves}))
    return status, json.loads(body)["lagopus-history:output"] if status == 200 else body


def labels(netconf):
    return re.findall(r"<label>(.*?)</label>", netconf.get_config("running").data_xml)


@pytest.mark.requirement("R2 R10")
def test_commits_are_listed_compared_and_taken_back_over_both_northbounds(lagopusd):
    daemon = lagopusd("--yang", YANG)
    with daemon.netconf() as netconf:
        netconf.edit_config(target="candidate", config=bottle(1, "first"))
        netconf.dispatch(to_ele(f'<commit xmlns="{NC}"><comment xmlns="{HISTORY}">the first</comment></commit>'))
        first = ids(netconf)[0]
        netconf.edit_config(target="candidate", config=bottle(1, "second"))
        status, made = post(daemon, "commit", comment="by RESTCONF")
        assert status == 200 and int(made["id"]) > first
        status, listed = post(daemon, "list-commits", limit=2)
        assert [c["comment"] for c in listed["commit"]] == ["by RESTCONF", "the first"]
        assert [c["origin"] for c in listed["commit"]] == ["restconf", "netconf"]
        status, found = post(daemon, "diff", **{"from": str(first)})
        change, = found["change"]
        assert change["operation"] == "replace" and change["path"] == "/cellar:cellar/bottle[id='1']/label"
        assert json.loads(change["after"]) == {"cellar:label": "second"}
        call(netconf, "label", f"<id>{first}</id><label>good</label>")
        call(netconf, "rollback", "<label>good</label>")
        assert labels(netconf) == ["first"]
        with pytest.raises(RPCError) as error:
            call(netconf, "rollback", "<to>12345</to>")
        assert error.value.tag == "invalid-value"
        assert post(daemon, "show-commit", id="12345")[0] == 400


@pytest.mark.requirement("R10 R35")
def test_history_and_rescue_survive_kill_9(lagopusd):
    daemon = lagopusd("--yang", YANG)
    with daemon.netconf() as netconf:
        netconf.edit_config(target="running", config=bottle(1, "safe"))
        call(netconf, "save-rescue")
        for number in range(2, 9):
            netconf.edit_config(target="running", config=bottle(number))
        before = ids(netconf)
    daemon.stop(signal.SIGKILL)
    daemon = lagopusd("--yang", YANG)
    with daemon.netconf() as netconf:
        assert ids(netconf) == before
        call(netconf, "rollback", f"<to>{before[3]}</to>")
        assert len(labels(netconf)) == 5
        call(netconf, "rollback", "<rescue/>")
        assert labels(netconf) == ["safe"]
