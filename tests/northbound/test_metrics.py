"""GET /metrics: what is counted of the box, as OpenMetrics has it."""

import re

import pytest
from conftest import eventually
from ncclient.operations import RPCError

from box import config

from .test_access import OLGA, RULES, interface

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def scrape(daemon, accept=OPENMETRICS, user=None):
    """({name{labels}: value}, {name: type})"""
    status, headers, body = daemon.curl("GET", "/metrics", None, "-H", f"Accept: {accept}", user=user)
    assert status == 200
    assert headers["content-type"].startswith(accept.split(";")[0])
    samples, types = {}, {}
    for line in body.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types, "a family comes once"
            types[name] = kind
        elif not line.startswith("#"):
            name, value = re.fullmatch(r"([a-zA-Z_:][\w:]*(?:\{[^}]*\})?) (\S+)", line).groups()
            assert name not in samples, line
            samples[name] = float(value)
    if accept == OPENMETRICS:
        assert body.endswith("# EOF\n")
    return samples, types


def refused(daemon, content):
    with daemon.netconf() as session, pytest.raises(RPCError):
        session.edit_config(target="running", config=config(content))


@pytest.mark.requirement("R5")
def test_commits_are_counted_with_their_phases(lagopusd):
    daemon = lagopusd()
    before, _ = scrape(daemon)
    with daemon.netconf() as session:
        for mtu in range(1400, 1410):
            session.edit_config(target="running", config=config(interface("p1", mtu)))
    refused(daemon, '<interfaces xmlns="http://openconfig.net/yang/interfaces"><interface><name>p9</name><config>'
                    "<name>p9</name></config></interface></interfaces>")
    after, types = scrape(daemon)
    assert types["lagopus_commits"] == "counter" and types["lagopus_commit_phase_seconds"] == "histogram"

    def grown(name):
        return after[name] - before.get(name, 0)

    assert grown('lagopus_commits_total{outcome="running"}') == 10
    assert grown('lagopus_commits_total{outcome="refused"}') == 1
    assert grown('lagopus_commits_total{outcome="taken-back"}') == 0
    assert grown('lagopus_commit_phase_seconds_count{phase="validate"}') == 11
    assert grown('lagopus_commit_phase_seconds_count{phase="log"}') == 10
    assert grown('lagopus_commit_seconds_count{outcome="running"}') == 10
    buckets = [value for name, value in after.items() if name.startswith('lagopus_commit_seconds_bucket{outcome="running"')]
    assert len(buckets) > 10 and buckets == sorted(buckets) and buckets[-1] == after[
        'lagopus_commit_seconds_count{outcome="running"}']
    assert grown("lagopus_running_generation") == 10
    # A read is no commit, and what changes nothing is one that had nothing to do.
    with daemon.netconf() as session:
        session.get_config("running")
        session.edit_config(target="running", config=config(interface("p1", 1409)))
    assert scrape(daemon)[0]['lagopus_commits_total{outcome="running"}'] - after[
        'lagopus_commits_total{outcome="running"}'] <= 1


@pytest.mark.requirement("R5")
def test_the_process_and_the_state_are_in_it(lagopusd):
    daemon = lagopusd()
    with daemon.netconf():
        # These are told once a second.
        samples = eventually(lambda: (found := scrape(daemon)[0]).get("lagopus_netconf_sessions", 0) >= 1
                             and found.get("lagopus_netconf_in_sessions_total", 0) >= 1 and found)
    assert any(name.startswith("jvm_memory_used_bytes{") for name in samples)
    assert samples["process_uptime_seconds"] > 0
    assert any(name.startswith("lagopus_build{version=") for name in samples)
    text, _ = scrape(daemon, "text/plain")
    assert text.keys() >= {"lagopus_netconf_sessions", "lagopus_running_generation"}


@pytest.mark.requirement("R4 R5")
def test_only_users_read_it_and_only_what_they_may(lagopusd):
    daemon = lagopusd()
    assert daemon.curl("GET", "/metrics", user="admin:wrong")[0] == 401
    assert daemon.curl("POST", "/metrics", "{}")[0] == 405
    assert daemon.curl("HEAD", "/metrics")[0] == 200
    hide = RULES.replace("<rule><name>mtu</name>", "<rule><name>hide</name><module-name>ietf-netconf-monitoring"
                         "</module-name><access-operations>read</access-operations><action>deny</action></rule>"
                         "<rule><name>mtu</name>")
    with daemon.netconf() as session:
        session.edit_config(target="running", config=config(OLGA, hide))
    eventually(lambda: "lagopus_netconf_in_rpcs_total" in scrape(daemon)[0])
    hers, _ = scrape(daemon, user="olga:word")
    assert "lagopus_netconf_in_rpcs_total" not in hers
    assert 'lagopus_commits_total{outcome="running"}' in hers
