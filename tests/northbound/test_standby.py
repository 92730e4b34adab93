"""A second instance takes over: from an export over RESTCONF or NETCONF, or from the state directory."""

import json
import shutil

import pytest
from conftest import ROOT
from ncclient.xml_ import to_ele

YANG = ROOT / "tests/bench/yang"
ROUTES = "/restconf/data/bench-list:routes"


@pytest.fixture
def first(lagopusd):
    """With users, rules and content that no default would give."""
    daemon = lagopusd("--yang", YANG, state="first")
    routes = [{"id": number, "prefix": f"10.0.{number}.0/24", "next-hop": "192.0.2.1", "metric": 7}
              for number in range(200)]
    assert daemon.curl("PUT", ROUTES, json.dumps({"bench-list:routes": {"route": routes}}))[0] in (201, 204)
    user = {"openconfig-system:user": [{"username": "olga", "config": {"username": "olga", "password": "word"}}]}
    status, _, body = daemon.curl(
        "POST", "/restconf/data/openconfig-system:system/aaa/authentication/users", json.dumps(user))
    assert status == 201, body
    return daemon


def configuration(daemon, user=None):
    status, _, body = daemon.curl("GET", "/restconf/data?content=config", user=user)
    assert status == 200, body
    return json.loads(body)


@pytest.mark.requirement("R5")
def test_an_export_over_restconf_makes_a_second_the_same(first, lagopusd):
    exported = configuration(first)

    second = lagopusd("--yang", YANG, state="second", password="other")
    status, _, body = second.curl("PUT", "/restconf/data", json.dumps(exported))

    assert status in (201, 204), body
    assert configuration(second, user="admin:secret") == exported, "the users are those of the first, too"
    assert second.curl("GET", "/restconf/data?content=config", user="admin:other")[0] == 401
    assert second.curl("GET", ROUTES, user="olga:word")[0] in (200, 404)


@pytest.mark.requirement("R5")
def test_an_export_over_netconf_makes_a_second_the_same(first, lagopusd):
    with first.netconf() as netconf:
        exported = netconf.get_config("running").data_xml

    second = lagopusd("--yang", YANG, state="second", password="other")
    content = exported[exported.index("<data"):].replace("<data", "<config", 1).replace("</data>", "</config>")
    with second.netconf() as netconf:
        netconf.dispatch(to_ele('<copy-config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><target><running/></target>'
                                f"<source>{content}</source></copy-config>"))

    assert configuration(second, user="admin:secret") == configuration(first)


@pytest.mark.requirement("R5 R10")
def test_a_copy_of_the_state_directory_serves_the_same_with_its_history(first, lagopusd, tmp_path):
    exported = configuration(first)
    shutil.copytree(tmp_path / "first", tmp_path / "second")

    second = lagopusd("--yang", YANG, state="second", bootstrap={})

    assert configuration(second) == exported
    history = [json.loads(daemon.curl("POST", "/restconf/operations/lagopus-history:list-commits",
                                      json.dumps({"lagopus-history:input": {}}))[2])
               for daemon in (first, second)]
    assert history[0] == history[1]
    assert len(history[0]["lagopus-history:output"]["commit"]) == 3, "users, routes, olga"
