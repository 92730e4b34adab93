"""What is a value and what is not, whichever way it comes; and what nobody expects in a request."""

import json

import pytest
from conftest import ROOT, Lagopusd
from ncclient.operations import RPCError

from box import config

YANG = ROOT / "tests/northbound/yang"
KI = "urn:lagopus:test:kinds"
KINDS = "/restconf/data/kinds:kinds"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    started = Lagopusd(tmp_path_factory.mktemp("values") / "state", "--yang", YANG)
    yield started
    log = started.log.read_text()
    started.stop()
    assert "\tat " not in log, log


@pytest.fixture(scope="module")
def netconf(daemon):
    with daemon.netconf() as session:
        yield session


def edit(netconf, inside):
    netconf.edit_config(target="candidate", config=config(f'<kinds xmlns="{KI}" xmlns:ki="{KI}">{inside}</kinds>'))


def tags(body):
    return [error["error-tag"] for error in json.loads(body)["ietf-restconf:errors"]["error"]]


@pytest.mark.requirement("R34")
@pytest.mark.parametrize("inside, said", [
    ("<number>5.0</number>", "int32"),
    ("<number>99999999999</number>", "int32"),
    ("<octets>***</octets>", "base64"),
    ("<octets>AAE</octets>", "base64"),
    ("<flag>x</flag>", "no value"),
    ("<fruit>ki:stone</fruit>", "derived from fruit"),
    ("<fruit>ki:fruit</fruit>", "derived from fruit"),
    ("<fruit>nowhere:apple</fruit>", "derived from fruit"),
    ("<fruit/>", "derived from fruit"),
    ("<colour>blue</colour>", "green"),
    ("<path/>", "a path"),
    ("<path>/nowhere:kinds</path>", "a path"),
    ("<path>/ki:kinds/ki:pair[ki:left='x'</path>", "a path"),
])
def test_netconf_refuses_what_is_no_value(netconf, inside, said):
    with pytest.raises(RPCError) as error:
        edit(netconf, inside)
    assert error.value.tag == "invalid-value" and said in error.value.message, error.value.message
    assert "/ki:kinds/ki:" in error.value.path


@pytest.mark.requirement("R34")
@pytest.mark.parametrize("leaf, value, said", [
    ("number", 1e30, "int32"),
    ("text", "a\x00b", "U+0000"),
    ("text", "\ud800", "U+D800"),
    ("text", "\uffff", "U+FFFF"),
    ("octets", "***", "base64"),
    ("fruit", "stone", "derived from fruit"),
    ("fruit", "fruit", "derived from fruit"),
    ("fruit", "nowhere:apple", "derived from fruit"),
    ("path", "", "a path"),
    ("path", "/kinds:kinds/pair[left='x'", "a path"),
    ("path", "/nowhere:kinds", "a path"),
])
def test_restconf_refuses_what_is_no_value(daemon, leaf, value, said):
    status, _, body = daemon.curl("PUT", KINDS, json.dumps({"kinds:kinds": {leaf: value}}))
    assert status == 400 and tags(body) == ["invalid-value"], body
    error = json.loads(body)["ietf-restconf:errors"]["error"][0]
    assert error["error-path"] == f"/kinds:kinds/{leaf}" and said in error["error-message"]


@pytest.mark.requirement("R34")
def test_what_is_a_value_comes_back_as_it_was(daemon, netconf):
    values = {"number": -5, "text": "<ü €> \U0001f600 ]]>", "octets": "AAE=", "flag": [None],
              "fruit": "kinds:boskoop", "path": "/kinds:kinds/pair[left='x'][right='5']", "colour": "red",
              "item": ["a/b"], "pair": [{"left": "x/y,z=ü", "right": 5}]}
    assert daemon.curl("PUT", KINDS, json.dumps({"kinds:kinds": values}))[0] in (201, 204)
    assert json.loads(daemon.curl("GET", KINDS)[2]) == {"kinds:kinds": values}
    data = netconf.get_config("running", filter=("subtree", f'<kinds xmlns="{KI}"/>')).data_xml
    assert "boskoop" in data and "\U0001f600" in data
    assert daemon.curl("GET", f"{KINDS}/pair=x%2Fy%2Cz%3D%C3%BC,5")[0] == 200
    assert daemon.curl("GET", f"{KINDS}/item=a%2Fb")[0] == 200
    assert daemon.curl("DELETE", f"{KINDS}/item=a%2Fb")[0] == 204


def test_a_name_stands_once_in_a_json_object(daemon):
    for body in ('{"kinds:kinds": {"number": 1, "number": 2}}', '{"kinds:kinds": {"item": ["a"], "item": ["b"]}}'):
        status, _, answer = daemon.curl("PUT", KINDS, body)
        assert status == 400 and tags(answer) == ["bad-element"], answer


@pytest.mark.parametrize("query", ["fields=%zz", "depth=%", "%ff=1"])
def test_a_query_that_cannot_be_read_is_the_clients_mistake(daemon, query):
    assert daemon.curl("GET", f"{KINDS}?{query}")[0] == 400


@pytest.mark.parametrize("namespace", ["urn:nowhere", "no uri %% at all", ""])
def test_a_namespace_nobody_has_is_told(daemon, namespace):
    status, _, body = daemon.curl("PUT", KINDS, None, "-H", "Content-Type: application/yang-data+xml", "--data-binary",
                                  f'<kinds xmlns="{namespace}"/>')
    assert status == 400 and "unknown-namespace" in body, body


def test_unusual_xml_is_read_for_what_it_says(netconf):
    netconf.discard_changes()
    netconf.edit_config(target="candidate", config=config(
        f'<!-- c --><k:kinds xmlns:k="{KI}"><?p i?><k:text>a<!-- c -->b<![CDATA[<c>&]]><?p i?></k:text>'
        f'<pair xmlns="{KI}"><k:right>7</k:right><left>&#x20AC;</left></pair></k:kinds>'))
    data = netconf.get_config("candidate", filter=("subtree", f'<kinds xmlns="{KI}"/>')).data_xml
    netconf.discard_changes()
    assert "ab&lt;c&gt;&amp;" in data and "<left>€</left><right>7</right>" in data
