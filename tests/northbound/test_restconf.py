"""RESTCONF as curl sees it (RFC 8040), on the same data as NETCONF."""

import json
import subprocess

import pytest
from conftest import ROOT, Lagopusd

from box import config

YANG = ROOT / "tests/northbound/yang"
DATA = "/restconf/data"
CELLAR = f"{DATA}/cellar:cellar"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    started = Lagopusd(tmp_path_factory.mktemp("restconf") / "state", "--yang", YANG)
    yield started
    started.stop()


@pytest.fixture(autouse=True)
def empty(daemon):
    daemon.curl("DELETE", CELLAR)


def put(daemon, number, **leaves):
    entry = {"id": number, "label": "x"} | {k.replace("_", "-"): v for k, v in leaves.items()}
    return daemon.curl("PUT", f"{CELLAR}/bottle={number}", json.dumps({"cellar:bottle": [entry]}))


def tags(body):
    return [error["error-tag"] for error in json.loads(body)["ietf-restconf:errors"]["error"]]


@pytest.mark.requirement("R2 R13")
def test_put_get_patch_post_delete(daemon):
    assert put(daemon, 1)[0] == 201
    assert put(daemon, 1, label="y")[0] == 204
    status, headers, body = daemon.curl("GET", f"{CELLAR}/bottle=1")
    assert status == 200 and headers["content-type"].startswith("application/yang-data+json")
    assert json.loads(body) == {"cellar:bottle": [{"id": 1, "label": "y"}]}
    assert daemon.curl("PATCH", f"{CELLAR}/bottle=1", '{"cellar:bottle": [{"id": 1, "tag": ["a"]}]}')[0] in (200, 204)
    status, headers, _ = daemon.curl("POST", CELLAR, '{"cellar:bottle": [{"id": 2, "label": "z"}]}')
    assert status == 201 and headers["location"].endswith("/bottle=2")
    status, _, body = daemon.curl("POST", CELLAR, '{"cellar:bottle": [{"id": 2, "label": "z"}]}')
    assert status == 409 and tags(body) == ["data-exists"]
    assert daemon.curl("DELETE", f"{CELLAR}/bottle=2")[0] == 204
    status, _, body = daemon.curl("DELETE", f"{CELLAR}/bottle=2")
    assert status in (404, 409) and tags(body) in (["data-missing"], ["invalid-value"])
    assert daemon.curl("GET", f"{CELLAR}/bottle=2")[0] == 404


@pytest.mark.requirement("R2 R17")
def test_both_northbounds_are_one_datastore(daemon):
    put(daemon, 7, label="shared")
    with daemon.netconf() as netconf:
        assert "shared" in netconf.get_config("running").data_xml
        netconf.edit_config(target="running", config=config(
            '<cellar xmlns="urn:lagopus:test:cellar"><bottle><id>7</id><label>both</label></bottle></cellar>'))
        status, _, body = daemon.curl("GET", f"{CELLAR}/bottle=7/label")
        assert status == 200 and json.loads(body) == {"cellar:label": "both"}
        netconf.lock("running")
        status, _, body = put(daemon, 8)
        assert status == 409 and tags(body)[0] in ("in-use", "lock-denied")
        netconf.unlock("running")


def test_xml_and_json_by_content_negotiation(daemon):
    put(daemon, 1)
    status, headers, body = daemon.curl("GET", f"{CELLAR}/bottle=1", None, "-H", "Accept: application/yang-data+xml")
    assert status == 200 and "xml" in headers["content-type"] and "<label>x</label>" in body
    done = subprocess.run(
        ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-X", "PUT", "-u", "admin:secret",
         "-H", "Content-Type: application/yang-data+xml", "--data-binary",
         '<bottle xmlns="urn:lagopus:test:cellar"><id>3</id><label>xml</label></bottle>',
         f"{daemon.url}{CELLAR}/bottle=3"], capture_output=True, text=True)
    assert done.stdout == "201"
    assert daemon.curl("GET", CELLAR, None, "-H", "Accept: text/html")[0] == 406
    assert daemon.curl("PUT", f"{CELLAR}/bottle=4", "x", "-H", "Content-Type: text/plain")[0] in (400, 415)


@pytest.mark.requirement("R12 R34 R64")
@pytest.mark.parametrize("body, status, tag", [
    ('{"cellar:bottle": [{"id": 1}]}', (400, 409, 412), ("data-missing", "missing-element")),
    ('{"cellar:bottle": [{"id": 1, "label": "x", "shelf": "nowhere"}]}', (409,), ("data-missing",)),
    ('{"cellar:bottle": [{"id": "one", "label": "x"}]}', (400,), ("invalid-value",)),
    ('{"cellar:bottle": [{"id": 1, "label": "x", "colour": "red"}]}', (400,), ("unknown-element", "invalid-value")),
    ('{"cellar:bottle": [{"id": 2, "label": "other key"}]}', (400,), ("invalid-value",)),
    ('{"cellar:bottle": [{"id": 1,', (400,), ("malformed-message", "invalid-value")),
])
def test_invalid_data_is_refused_with_status_tag_and_message(daemon, body, status, tag):
    got, _, answer = daemon.curl("PUT", f"{CELLAR}/bottle=1", body)
    assert got in status and tags(answer)[0] in tag, (got, answer)
    error = json.loads(answer)["ietf-restconf:errors"]["error"][0]
    assert error["error-message"] and error["error-type"]
    assert daemon.curl("GET", f"{CELLAR}/bottle=1")[0] == 404


def test_methods_that_do_not_fit_are_told(daemon):
    status, headers, _ = daemon.curl("OPTIONS", CELLAR)
    assert status in (200, 204) and {"GET", "PUT", "DELETE"} <= {m.strip() for m in headers["allow"].split(",")}
    assert daemon.curl("GET", f"{DATA}/cellar:nothing")[0] in (400, 404)
    assert daemon.curl("GET", "/elsewhere")[0] == 404
    put(daemon, 1)
    status, headers, body = daemon.curl("HEAD", f"{CELLAR}/bottle=1")
    assert status == 200 and "content-type" in headers


def test_discovery_and_operations(daemon):
    assert "/restconf" in daemon.curl("GET", "/.well-known/host-meta", None, "-H", "Accept: application/xrd+xml")[2]
    status, _, body = daemon.curl("GET", "/restconf")
    assert status == 200 and "yang-library-version" in body
    status, _, body = daemon.curl("GET", "/restconf/operations")
    assert status == 200 and "drink" in body
    status, _, body = daemon.curl("POST", "/restconf/operations/cellar:drink", '{"cellar:input": {"id": 1}}')
    assert status in (405, 501) and tags(body) == ["operation-not-supported"]


def test_who_is_nobody_gets_nothing(daemon):
    status, headers, _ = daemon.curl("GET", CELLAR, user="admin:wrong")
    assert status == 401 and "basic" in headers["www-authenticate"].lower()


def test_tls_with_http_2(lagopusd):
    daemon = lagopusd("--restconf", "https://127.0.0.1:0")
    for version, number in (("--http2", "2"), ("--http1.1", "1.1")):
        done = subprocess.run(["curl", "-sS", "-k", version, "-o", "/dev/null", "-w", "%{http_code} %{http_version}",
                               "-u", "admin:secret", f"{daemon.url}{DATA}"], capture_output=True, text=True)
        assert done.stdout == f"200 {number}", done.stderr
    assert subprocess.run(["curl", "-sS", "-u", "admin:secret", daemon.url + DATA], capture_output=True).returncode == 60
