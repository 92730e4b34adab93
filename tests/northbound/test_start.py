"""How lagopusd starts: options, modules, first users; and what it says when it cannot."""

import re
import socket
import subprocess

import pytest
from conftest import ROOT, Lagopusd

import box as boxes

YANG = ROOT / "tests/northbound/yang"
LAGOPUSD = ROOT / "build/bin/lagopusd"


def refused(*arguments):
    """The exit code and complaint of a start that must not succeed."""
    done = subprocess.run([LAGOPUSD, *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0, done.stdout
    return done.returncode, done.stderr


def alone(state, *arguments):
    return ["--state", state, "--netconf", "127.0.0.1:0", "--restconf", "http://127.0.0.1:0", "--no-components",
            *arguments]


@pytest.mark.requirement("R1 R12 R14")
def test_it_serves_any_module_and_says_where(lagopusd):
    daemon = lagopusd("--yang", YANG)
    assert re.fullmatch(r"ready netconf=127\.0\.0\.1:\d+ restconf=http://127\.0\.0\.1:\d+(/restconf)?", daemon.ready)
    with daemon.netconf() as netconf:
        assert any("urn:lagopus:test:cellar" in c or "yang-library" in c for c in netconf.server_capabilities)
        schema = netconf.get_schema("cellar")
        assert "module cellar" in str(schema)
    status, _, body = daemon.curl("GET", "/restconf/data/ietf-yang-library:yang-library")
    assert status == 200 and '"cellar"' in body


@pytest.mark.requirement("R12")
def test_a_bad_module_is_refused_with_file_line_and_reason(tmp_path):
    (tmp_path / "broken.yang").write_text(
        'module broken {\n  yang-version 1.1;\n  namespace "urn:broken";\n  prefix b;\n  leaf x { type nonsense; }\n}\n')
    code, complaint = refused(*alone(tmp_path / "state", "--yang", tmp_path))
    assert "broken.yang" in complaint and re.search(r"\b5\b", complaint) and "nonsense" in complaint


@pytest.mark.requirement("R12")
def test_an_import_that_is_nowhere_is_named(tmp_path):
    (tmp_path / "lonely.yang").write_text(
        'module lonely {\n  yang-version 1.1;\n  namespace "urn:lonely";\n  prefix l;\n'
        "  import nobody-has-this { prefix n; }\n}\n")
    _, complaint = refused(*alone(tmp_path / "state", "--yang", tmp_path))
    assert "nobody-has-this" in complaint and "lonely" in complaint


@pytest.mark.requirement("R12")
@pytest.mark.parametrize("files, said", [
    ({"a.yang": 'module a {\n namespace "urn:a"; prefix a;\n import b { prefix b; }\n}\n',
      "b.yang": 'module b {\n namespace "urn:b"; prefix b;\n import a { prefix a; }\n}\n'},
     [r"[ab]\.yang:3: ", "circle"]),
    ({"one.yang": 'module m { namespace "urn:m"; prefix m; leaf x { type string; } }\n',
      "two.yang": 'module m { namespace "urn:m"; prefix m; leaf y { type string; } }\n'},
     [r"two\.yang:1: ", r"one\.yang"]),
    ({"m.yang": 'module m {\n namespace "urn:m";\n prefix m;\n include part;\n}\n'}, [r"m\.yang:4: ", "part"]),
    ({"m.yang": 'module m { namespace "urn:m"; prefix m; }\nmodule n { namespace "urn:n"; prefix n; }\n'},
     [r"m\.yang:2:"]),
    ({"m.yang": b'module m {\n namespace "urn:m"; prefix m; description "\xff"; }\n'}, [r"m\.yang", "UTF-8"]),
])
def test_what_is_wrong_with_modules_is_said_once_with_its_place(tmp_path, files, said):
    (tmp_path / "a-directory.yang").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    _, complaint = refused(*alone(tmp_path / "state", "--yang", tmp_path))
    assert len(complaint.splitlines()) == 1, complaint
    for word in said:
        assert re.search(word, complaint), complaint


def test_the_same_module_may_lie_in_two_directories(lagopusd, tmp_path):
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "cellar.yang").write_text((YANG / "cellar.yang").read_text())
    lagopusd("--yang", YANG, "--yang", tmp_path / "again")


@pytest.mark.parametrize("arguments, word", [
    (["--frobnicate"], "--frobnicate"),
    (["--yang", "/does/not/exist"], "/does/not/exist"),
    (["--netconf", "nonsense"], "HOST:PORT"),
    (["--restconf", "ftp://x"], "https://"),
    (["--state"], "needs a value"),
])
def test_a_wrong_command_line_is_explained(arguments, word):
    code, complaint = refused(*arguments)
    assert code == 64 and word in complaint


def test_help_and_version_are_given():
    for option, word in (("--help", "--bootstrap"), ("--version", "lagopusd")):
        done = subprocess.run([LAGOPUSD, option], capture_output=True, text=True, timeout=30)
        assert done.returncode == 0 and word in done.stdout


@pytest.mark.requirement("R4")
def test_plain_http_is_refused_beyond_loopback(tmp_path):
    _, complaint = refused("--state", tmp_path / "s", "--netconf", "127.0.0.1:0", "--restconf", "http://0.0.0.0:0",
                           "--no-components")
    assert "loopback" in complaint


@pytest.mark.parametrize("text, word", [
    ("{", ":1"), ('{"users": []}', "users"), ('{"users": [{"name": "x"}]}', "password"),
    ('{"users": [{"name": "x", "password": "y", "shoe-size": 43}]}', "shoe-size"),
    ('{"users": [{"name": "x", "authorized-keys": ["not a key"]}]}', "not a key"),
    ("null", "users"), ('{"users": [null]}', "name"), ('{"users": [{"name": "x", "password": ""}]}', "empty"),
    ('{"users": [{"name": "x", "password": "$6$salt$short"}]}', "hash"),
    ('{"users": [{"name": "x", "password": "y"}, {"name": "x", "password": "z"}]}', "twice"),
    ('{"users": [{"name": "x", "password": "y"}]} and more', ":1"),
])
def test_a_wrong_bootstrap_file_is_explained(tmp_path, text, word):
    file = tmp_path / "bootstrap.json"
    file.write_text(text)
    _, complaint = refused(*alone(tmp_path / "state", "--bootstrap", file))
    assert "bootstrap.json" in complaint and word in complaint


@pytest.mark.parametrize("option, name, word", [
    ("--bootstrap", "nothing", "no such file"), ("--bootstrap", "", "directory"), ("--state", "file", "no directory"),
])
def test_a_file_that_cannot_be_used_is_named(tmp_path, option, name, word):
    (tmp_path / "file").write_text("")
    _, complaint = refused(*alone(tmp_path / "state", option, tmp_path / name))
    assert str(tmp_path / name) in complaint and word in complaint


def test_a_port_that_is_taken_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        _, complaint = refused("--state", tmp_path / "s", "--netconf", f"127.0.0.1:{port}", "--restconf", "none",
                               "--no-components")
    assert str(port) in complaint


@pytest.mark.requirement("R4")
def test_the_bootstrap_file_counts_only_while_there_is_no_user(lagopusd):
    first = lagopusd()
    first.stop()
    again = lagopusd(user="intruder", password="other")
    with pytest.raises(Exception):
        again.netconf()
    with again.netconf(username="admin", password="secret") as netconf:
        config = netconf.get_config("running").data_xml
    assert "intruder" not in config and "secret" not in config and "$6$" in config


@pytest.mark.requirement("R4 R62")
def test_users_are_configuration_with_passwords_and_keys(lagopusd, tmp_path):
    key = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    daemon = lagopusd(bootstrap={"users": [{"name": "admin", "password": "secret",
                                            "authorized-keys": [key.with_suffix(".pub").read_text().strip()]}]})
    with daemon.netconf(password=None, key_filename=str(key)) as netconf:
        hashed = subprocess.run(["openssl", "passwd", "-6", "guest"], capture_output=True, text=True).stdout.strip()
        netconf.edit_config(target="running", config=boxes.config(
            '<system xmlns="http://openconfig.net/yang/system"><aaa><authentication><users><user>'
            "<username>guest</username><config><username>guest</username>"
            f"<password-hashed>{hashed}</password-hashed></config></user></users></authentication></aaa></system>"))
    with daemon.netconf(username="guest", password="guest"):
        pass
    with pytest.raises(Exception):
        daemon.netconf(username="guest", password="wrong")
    assert daemon.curl("GET", "/restconf/data", user="guest:guest")[0] == 200
    assert daemon.curl("GET", "/restconf/data", user="guest:wrong")[0] == 401
