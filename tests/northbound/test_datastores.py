"""Candidates of one's own, locks on parts and the datastores of NMDA, as ncclient asks for them."""

import pytest
from conftest import ROOT
from ncclient.operations import RPCError
from ncclient.xml_ import to_ele

from box import config

YANG = ROOT / "tests/northbound/yang"
NC = "urn:ietf:params:xml:ns:netconf:base:1.0"
CE = "urn:lagopus:test:cellar"
PRIVATE = "urn:ietf:params:netconf:capability:private-candidate:1.0"
UPDATE = ('<update xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-private-candidate">'
          "<resolution-mode>{}</resolution-mode></update>")


def bottle(number, label):
    return config(f'<cellar xmlns="{CE}"><bottle><id>{number}</id><label>{label}</label></bottle></cellar>')


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    from conftest import Lagopusd

    started = Lagopusd(tmp_path_factory.mktemp("datastores") / "state", "--yang", YANG)
    yield started
    started.stop()


@pytest.fixture
def sessions(daemon):
    """Two with candidates of their own."""
    # ncclient takes out of the dictionary what it has used.
    with (daemon.netconf(nc_params={"capabilities": [PRIVATE]}) as one,
          daemon.netconf(nc_params={"capabilities": [PRIVATE]}) as other):
        one.edit_config(target="running", config=config(f'<cellar xmlns="{CE}" xmlns:nc="{NC}" nc:operation="remove"/>'))
        yield one, other


def cellar(session, source):
    return session.get_config(source, filter=("subtree", f'<cellar xmlns="{CE}"/>')).data_xml


@pytest.mark.requirement("R17")
def test_each_session_edits_and_commits_its_own(sessions):
    one, other = sessions
    one.edit_config(target="candidate", config=bottle(1, "mine"))
    other.edit_config(target="candidate", config=bottle(2, "theirs"))
    assert "mine" not in cellar(other, "candidate")
    other.commit()
    running = cellar(one, "running")
    assert "theirs" in running and "mine" not in running
    one.commit()
    running = cellar(other, "running")
    assert "theirs" in running and "mine" in running


@pytest.mark.requirement("R17")
def test_a_conflict_is_told_with_its_path_and_resolved_by_update(sessions):
    one, other = sessions
    one.edit_config(target="candidate", config=bottle(1, "mine"))
    other.edit_config(target="candidate", config=bottle(1, "theirs"))
    other.commit()
    with pytest.raises(RPCError) as refused:
        one.commit()
    assert refused.value.app_tag == "conflict"
    assert "bottle" in refused.value.path
    one.dispatch(to_ele(UPDATE.format("prefer-candidate")))
    one.commit()
    assert "mine" in cellar(other, "running")


@pytest.mark.requirement("R17")
def test_a_part_that_is_locked_is_changed_by_nobody_else(sessions, daemon):
    one, other = sessions
    one.edit_config(target="running", config=bottle(1, "a"))
    one.dispatch(to_ele('<partial-lock xmlns="urn:ietf:params:xml:ns:netconf:partial-lock:1.0"'
                        f' xmlns:c="{CE}"><select>/c:cellar/c:bottle[c:id=1]</select></partial-lock>'))
    with pytest.raises(RPCError) as refused:
        other.edit_config(target="running", config=bottle(1, "b"))
    assert refused.value.tag == "in-use"
    status, _, body = daemon.curl("DELETE", "/restconf/data/cellar:cellar")
    assert status == 409 and "in-use" in body
    other.edit_config(target="running", config=bottle(2, "b"))
    assert one.session_id in refused.value.message


@pytest.mark.requirement("R2")
def test_operational_tells_where_everything_is_from(sessions):
    one, _ = sessions
    one.edit_config(target="running", config=bottle(1, "a"))
    reply = one.dispatch(to_ele(
        '<get-data xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-nmda"'
        ' xmlns:ds="urn:ietf:params:xml:ns:yang:ietf-datastores"><datastore>ds:operational</datastore>'
        f'<subtree-filter><cellar xmlns="{CE}"/></subtree-filter><with-origin/></get-data>')).xml
    assert 'or:origin="or:intended"' in reply and ">a<" in reply
