"""Access control on the box's own model: users, rules and refusals as operators meet them (RFC 8341)."""

import json

import pytest
from ncclient.operations import RPCError

from box import config

ACM = "urn:ietf:params:xml:ns:yang:ietf-netconf-acm"
SYS = "http://openconfig.net/yang/system"
IF = "http://openconfig.net/yang/interfaces"
IANA = "urn:ietf:params:xml:ns:yang:iana-if-type"
USERS = "/restconf/data/openconfig-system:system/aaa/authentication/users"

OLGA = f"""
<system xmlns="{SYS}"><aaa><authentication><users><user><username>olga</username>
  <config><username>olga</username><password>word</password></config>
</user></users></authentication></aaa></system>"""

RULES = f"""
<nacm xmlns="{ACM}">
  <groups><group><name>operator</name><user-name>olga</user-name></group></groups>
  <rule-list><name>operator</name><group>operator</group>
    <rule><name>mtu</name>
      <path xmlns:i="{IF}">/i:interfaces/i:interface/i:config/i:mtu</path>
      <access-operations>create update delete</access-operations><action>permit</action></rule>
    <rule><name>own-password</name>
      <path xmlns:s="{SYS}">/s:system/s:aaa/s:authentication/s:users/s:user[s:username=$USER]/s:config</path>
      <action>permit</action></rule>
  </rule-list>
</nacm>"""


def interface(name, mtu):
    return (f'<interfaces xmlns="{IF}"><interface><name>{name}</name><config><name>{name}</name>'
            f'<type xmlns:t="{IANA}">t:ethernetCsmacd</type><mtu>{mtu}</mtu></config></interface></interfaces>')


def as_olga(daemon):
    return daemon.netconf(username="olga", password="word")


@pytest.fixture
def daemon(lagopusd):
    started = lagopusd()
    with started.netconf() as admin:
        admin.edit_config(target="running", config=config(OLGA, RULES, interface("p1", 1500)))
    return started


def denied(call, *arguments, **options):
    with pytest.raises(RPCError) as refusal:
        call(*arguments, **options)
    assert refusal.value.tag == "access-denied"
    return refusal.value


@pytest.mark.requirement("R4")
def test_a_user_writes_what_a_rule_permits_and_the_first_user_everything(daemon):
    with as_olga(daemon) as olga:
        olga.edit_config(target="running", config=config(interface("p1", 9000)))
        refusal = denied(olga.edit_config, target="running", config=config(interface("p2", 1500)))
        assert "p2" in refusal.path
        denied(olga.edit_config, target="candidate", config=config(RULES.replace("operator", "admin")))
        denied(olga.kill_session, "1")
        assert "9000" in olga.get_config("running").data_xml
    with daemon.netconf() as admin:
        assert "permit-all" in admin.get_config("running").data_xml


@pytest.mark.requirement("R4")
def test_password_hashes_and_rules_are_for_who_has_a_rule(daemon):
    with as_olga(daemon) as olga:
        seen = olga.get_config("running").data_xml
        assert "admin" in seen and seen.count("password-hashed>") == 2
        assert "nacm" not in seen and "operator" not in seen
    status, _, body = daemon.curl("GET", USERS, user="olga:word")
    users = {u["username"]: u["config"] for u in json.loads(body)["openconfig-system:users"]["user"]}
    assert status == 200 and "password-hashed" in users["olga"] and "password-hashed" not in users["admin"]
    assert daemon.curl("GET", f"{USERS}/user=admin/config/password-hashed", user="olga:word")[0] == 404
    assert daemon.curl("GET", f"{USERS}/user=admin/config/password-hashed")[0] == 200
    status, _, body = daemon.curl("DELETE", f"{USERS}/user=admin", user="olga:word")
    assert status == 403 and "access-denied" in body
    history = "/restconf/operations/lagopus-history"
    status, _, body = daemon.curl("POST", f"{history}:show-commit", '{"lagopus-history:input": {"id": "1"}}',
                                  user="olga:word")
    assert status == 200 and "admin" in body and "$6$" not in body
    assert daemon.curl("POST", f"{history}:save-rescue", user="olga:word")[0] == 403


@pytest.mark.requirement("R4")
def test_the_recovery_user_mends_rules_that_lock_everybody_out(lagopusd):
    locked = lagopusd()
    with locked.netconf() as admin:
        admin.edit_config(target="running", config=config(
            f'<nacm xmlns="{ACM}" xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="replace">'
            "<exec-default>deny</exec-default></nacm>"))
        denied(admin.get_config, "running")
    locked.stop()
    mended = lagopusd("--recovery-user", "admin")
    with mended.netconf() as admin:
        admin.edit_config(target="running", config=config(f'<nacm xmlns="{ACM}"><exec-default>permit</exec-default></nacm>'))
        assert "permit" in admin.get_config("running").data_xml
