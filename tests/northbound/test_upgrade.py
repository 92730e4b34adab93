"""A configuration of older modules boots under newer ones; what does not fit is kept and told."""

import json
import signal

import pytest

OLD = """
module fridge {
  yang-version 1.1;
  namespace "urn:lagopus:test:fridge";
  prefix f;
  revision 2025-01-01;
  container fridge {
    leaf owner { type string; }
    leaf temp { type int32; }
    leaf light { type string; }
    list drawer {
      key "name";
      leaf name { type string; }
      leaf kind { type string; }
      leaf weight { type uint32; }
      leaf beside { type string; }
    }
  }
}
"""

NEW = """
module fridge {
  yang-version 1.1;
  namespace "urn:lagopus:test:fridge";
  prefix f;
  revision 2026-06-01;
  container fridge {
    leaf owner { type string { length "1..8"; } }
    leaf temperature { type int8; units "degrees Celsius"; }
    list drawer {
      must "not(kind = 'meat' and weight > 10)" { error-message "too much meat"; }
      key "name";
      leaf name { type string; }
      leaf kind { type enumeration { enum meat; enum fish; enum plants; } mandatory true; }
      leaf weight { type uint8; }
      leaf beside { type leafref { path "../../drawer/name"; } }
    }
  }
}
"""

CONFIG = {
    "fridge:fridge": {
        "owner": "somebody with a long name",
        "temp": 4,
        "light": "on",
        "drawer": [
            {"name": "top", "kind": "veg", "weight": 3, "beside": "middle"},
            {"name": "middle", "kind": "meat", "weight": 20, "beside": "nowhere"},
            {"name": "bottom", "weight": 1, "beside": "top"},
            {"name": "door", "kind": "fish", "weight": 1000},
        ],
    }
}

MIGRATION = {
    "description": "temperatures say what they are, vegetables are plants",
    "namespaces": {"f": "urn:lagopus:test:fridge"},
    "steps": [
        {"move": "/f:fridge/temp", "to": "/f:fridge/temperature"},
        {"replace": "/f:fridge/drawer/kind", "values": {"veg": "plants"}},
    ],
}


def modules(directory, text, migration=None):
    directory.mkdir()
    (directory / "fridge.yang").write_text(text)
    if migration:
        (directory / "migrations").mkdir()
        (directory / "migrations" / "fridge-0001.json").write_text(json.dumps(migration))
    return directory


def get(daemon, path):
    status, _, body = daemon.curl("GET", "/restconf/data" + path)
    assert status == 200, body
    return json.loads(body)


def history(daemon):
    status, _, body = daemon.curl("POST", "/restconf/operations/lagopus-history:list-commits",
                                  '{"lagopus-history:input": {}}')
    assert status == 200, body
    return json.loads(body)["lagopus-history:output"]["commit"]


@pytest.mark.requirement("R10 R12")
def test_a_configuration_of_older_modules_boots_and_what_does_not_fit_is_kept(lagopusd, tmp_path):
    old = lagopusd("--yang", modules(tmp_path / "old", OLD))
    assert old.curl("PUT", "/restconf/data/fridge:fridge", json.dumps(CONFIG))[0] == 201
    before = history(old)
    old.stop(signal.SIGKILL)

    young = modules(tmp_path / "new", NEW, MIGRATION)
    daemon = lagopusd("--yang", young)
    drawers = {d["name"]: d for d in get(daemon, "/fridge:fridge")["fridge:fridge"]["drawer"]}
    assert drawers["top"] == {"name": "top", "kind": "plants", "weight": 3, "beside": "middle"}
    assert drawers["middle"] == {"name": "middle", "kind": "meat"}
    assert drawers["door"] == {"name": "door", "kind": "fish"}
    assert "bottom" not in drawers
    assert get(daemon, "/fridge:fridge/temperature") == {"fridge:temperature": 4}

    upgrade = history(daemon)[0]
    assert upgrade["id"] == str(int(before[0]["id"]) + 1) and upgrade["user"] == "system"
    assert "1 migrations" in upgrade["comment"]
    file = daemon.state / f"quarantine.{upgrade['id']}.json"
    assert file.name in upgrade["comment"]
    kept = json.loads(file.read_text())
    assert kept["commit"] == int(upgrade["id"])
    reasons = {cut["path"]: cut["reason"] for cut in kept["cut"]}
    assert set(reasons) == {
        "/fridge:fridge/owner", "/fridge:fridge/light", "/fridge:fridge/drawer[name='middle']/beside",
        "/fridge:fridge/drawer[name='middle']/weight", "/fridge:fridge/drawer[name='bottom']",
        "/fridge:fridge/drawer[name='door']/weight"}
    assert reasons["/fridge:fridge/drawer[name='middle']/weight"] == "too much meat"
    values = {cut["path"]: cut["value"] for cut in kept["cut"]}
    assert values["/fridge:fridge/drawer[name='bottom']"] == {
        "fridge:drawer": [{"name": "bottom", "weight": 1, "beside": "top"}]}

    alarms = get(daemon, "/openconfig-system:system/alarms")["openconfig-system:alarms"]["alarm"]
    alarm = next(a for a in alarms if a["id"] == file.name)["state"]
    assert alarm["severity"].endswith("MAJOR") and str(file) in alarm["text"]
    assert (file.stat().st_mode & 0o777) == 0o600

    # History from before is still there, as these modules can take it.
    status, _, body = daemon.curl(
        "POST", "/restconf/operations/lagopus-history:diff",
        json.dumps({"lagopus-history:input": {"from": str(int(upgrade["id"]) - 1)}}))
    assert status == 200 and "change" not in body, body

    # Once is enough; whoever has dealt with the file takes it away.
    daemon.stop()
    file.rename(tmp_path / "dealt-with.json")
    again = lagopusd("--yang", young)
    assert history(again)[0]["id"] == upgrade["id"]
    assert not list(again.state.glob("quarantine.*"))
    assert again.curl("GET", "/restconf/data/openconfig-system:system/alarms")[0] == 404


@pytest.mark.requirement("R10")
def test_a_downgrade_boots_as_well(lagopusd, tmp_path):
    daemon = lagopusd("--yang", modules(tmp_path / "new", NEW))
    assert daemon.curl("PUT", "/restconf/data/fridge:fridge", json.dumps({"fridge:fridge": {
        "owner": "me", "temperature": 5, "drawer": [{"name": "x", "kind": "fish", "weight": 7}]}}))[0] == 201
    daemon.stop()
    old = lagopusd("--yang", modules(tmp_path / "old", OLD))
    fridge = get(old, "/fridge:fridge")["fridge:fridge"]
    assert fridge == {"owner": "me", "drawer": [{"name": "x", "kind": "fish", "weight": 7}]}
    assert [c["path"] for c in json.loads(next(old.state.glob("quarantine.*")).read_text())["cut"]] == [
        "/fridge:fridge/temperature"]
