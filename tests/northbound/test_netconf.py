"""NETCONF as ncclient sees it (RFC 6241), on a module that the box does not know beforehand."""

import re

import pytest
from conftest import ROOT
from ncclient.operations import RPCError
from ncclient.xml_ import to_ele

from box import config

YANG = ROOT / "tests/northbound/yang"
NC = "urn:ietf:params:xml:ns:netconf:base:1.0"
CE = "urn:lagopus:test:cellar"


def cellar(inside, mark=""):
    return config(f'<cellar xmlns="{CE}" xmlns:nc="{NC}"{mark}>{inside}</cellar>')


def bottle(number, more="<label>x</label>", operation=None):
    mark = f' nc:operation="{operation}"' if operation else ""
    return f"<bottle{mark}><id>{number}</id>{more}</bottle>"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    from conftest import Lagopusd

    started = Lagopusd(tmp_path_factory.mktemp("netconf") / "state", "--yang", YANG,
                       "--recovery-user", "admin")
    yield started
    started.stop()


@pytest.fixture
def netconf(daemon):
    with daemon.netconf() as session:
        session.discard_changes()
        session.edit_config(target="running", config=cellar("", ' nc:operation="remove"'))
        yield session
        session.discard_changes()


def text(netconf, source="running", inside=""):
    return netconf.get_config(source, filter=("subtree", f'<cellar xmlns="{CE}">{inside}</cellar>')).data_xml


@pytest.mark.requirement("R14")
def test_hello_announces_what_is_there_and_nothing_else(netconf):
    capabilities = set(netconf.server_capabilities)
    for name in ("base:1.0", "base:1.1"):
        assert f"urn:ietf:params:netconf:{name}" in capabilities
    for name in (
        "candidate:1.0",
        "confirmed-commit:1.1",
        "writable-running:1.0",
        "validate:1.1",
        "xpath:1.0",
        "url:1.0?scheme=file,https",
        "with-defaults:1.0?basic-mode=explicit&also-supported=report-all,report-all-tagged,trim",
    ):
        assert f"urn:ietf:params:netconf:capability:{name}" in capabilities
    assert not [c for c in capabilities if "capability:startup:1.0" in c]


@pytest.mark.requirement("R12")
def test_an_xpath_filter_chooses_nodes_and_shows_the_way_to_them(netconf):
    netconf.edit_config(target="running", config=cellar(bottle(1) + bottle(2, "<label>y</label>")))
    chosen = netconf.get_config(
        "running", filter=("xpath", ({"ce": CE}, "/ce:cellar/ce:bottle[ce:label='y']/ce:label"))
    ).data_xml
    assert re.search(r"<bottle>\s*<id>2</id>\s*<label>y</label>\s*</bottle>", chosen)
    assert "<id>1</id>" not in chosen
    with pytest.raises(RPCError) as error:
        netconf.get_config("running", filter=("xpath", ({"ce": CE}, "1 + 1")))
    assert error.value.tag == "invalid-value"


@pytest.mark.requirement("R12")
def test_defaults_are_shown_where_they_are_asked_for(netconf):
    def shown(mode):
        return netconf.get_config(
            "running", filter=("subtree", f'<cellar xmlns="{CE}"/>'), with_defaults=mode
        ).data_xml

    assert "temperature" not in shown("explicit")
    assert "<temperature>12</temperature>" in shown("report-all")
    assert re.search(r'<temperature [^>]*default="true"[^>]*>12<', shown("report-all-tagged"))
    netconf.edit_config(target="running", config=cellar("<temperature>12</temperature>"))
    assert "<temperature>12</temperature>" in shown("explicit")
    assert "temperature" not in shown("trim")


@pytest.mark.requirement("R10")
def test_a_configuration_is_kept_in_a_file_of_the_box(netconf):
    netconf.edit_config(target="running", config=cellar(bottle(7)))
    netconf.copy_config(source="running", target="file:///saved.xml")
    netconf.edit_config(target="running", config=cellar("", ' nc:operation="remove"'))
    netconf.validate("file:///saved.xml")
    netconf.copy_config(source="file:///saved.xml", target="candidate")
    netconf.commit()
    assert "<id>7</id>" in text(netconf)
    netconf.delete_config("file:///saved.xml")
    with pytest.raises(RPCError) as error:
        netconf.copy_config(source="file:///saved.xml", target="candidate")
    assert error.value.tag == "data-missing"


@pytest.mark.requirement("R2 R17")
def test_an_edit_of_the_candidate_shows_in_running_after_commit_only(netconf, daemon):
    netconf.edit_config(target="candidate", config=cellar(bottle(1)))
    with daemon.netconf() as other:
        assert "<id>1</id>" in text(other, "candidate"), "one candidate for all sessions"
        assert "<id>1</id>" not in text(other)
    netconf.commit()
    assert "<id>1</id>" in text(netconf)


@pytest.mark.requirement("R17")
def test_discard_forgets_the_candidate(netconf):
    netconf.edit_config(target="candidate", config=cellar(bottle(1)))
    netconf.discard_changes()
    assert "<id>1</id>" not in text(netconf, "candidate")


def test_create_delete_and_their_errors(netconf):
    netconf.edit_config(target="running", config=cellar(bottle(1, operation="create")))
    with pytest.raises(RPCError) as error:
        netconf.edit_config(target="running", config=cellar(bottle(1, operation="create")))
    assert error.value.tag == "data-exists" and "bottle" in error.value.path and "1" in error.value.path
    netconf.edit_config(target="running", config=cellar(bottle(1, "", "delete")))
    with pytest.raises(RPCError) as error:
        netconf.edit_config(target="running", config=cellar(bottle(1, "", "delete")))
    assert error.value.tag == "data-missing"
    netconf.edit_config(target="running", config=cellar(bottle(1, "", "remove")))


def test_replace_merge_and_the_default_operation(netconf):
    netconf.edit_config(target="running", config=cellar(bottle(1, "<label>x</label><tag>old</tag>")))
    netconf.edit_config(target="running", config=cellar(bottle(1, "<tag>new</tag>")))
    assert "old" in text(netconf) and "new" in text(netconf)
    netconf.edit_config(target="running", config=cellar(bottle(1, "<label>y</label>", "replace")))
    assert "old" not in text(netconf)
    with pytest.raises(RPCError) as error:
        netconf.edit_config(target="running", config=cellar(bottle(9)), default_operation="none")
    assert error.value.tag == "data-missing"
    netconf.edit_config(target="running", config=cellar(bottle(2)), default_operation="replace")
    assert "<id>1</id>" not in text(netconf) and "<id>2</id>" in text(netconf)
    with pytest.raises(Exception):  # the whole configuration was replaced, the users with it
        text(netconf, "nonsense")


@pytest.fixture(autouse=True)
def users_again(daemon):
    """A test that replaces everything takes the users with it, and what they may do; its own session puts them
    back, whose user is let out whatever the rules say."""
    with daemon.netconf() as keeper:
        users = keeper.get_config("running", filter=("subtree", '<system xmlns="http://openconfig.net/yang/system"/>'))
        inside = re.search(r"<data[^>]*>(.*)</data>", users.data_xml, re.S)[1]
        yield
        keeper.edit_config(target="running", config=config(inside))


def test_the_other_case_of_a_choice_goes(netconf):
    netconf.edit_config(target="running", config=cellar(bottle(1, "<label>x</label><cork/>")))
    netconf.edit_config(target="running", config=cellar(bottle(1, "<screw-cap>30</screw-cap>")))
    assert "cork" not in text(netconf) and "screw-cap" in text(netconf)


@pytest.mark.requirement("R12 R64")
@pytest.mark.parametrize("inside, tag, where", [
    (bottle(1, ""), ("data-missing", "missing-element", "operation-failed"), "bottle"),
    (bottle(1, "<label>x</label><shelf>nowhere</shelf>"), ("data-missing",), "shelf"),
    ("<temperature>99</temperature>", ("invalid-value",), "temperature"),
    ("<temperature>warm</temperature>", ("invalid-value",), "temperature"),
    ("<bottle><id>x</id></bottle>", ("invalid-value",), "id"),
    ("<bottle><label>x</label></bottle>", ("missing-element",), "bottle"),
    ("<barrel/>", ("unknown-element",), "cellar"),
])
def test_invalid_data_is_refused_with_tag_and_path(netconf, inside, tag, where):
    before = text(netconf)
    with pytest.raises(RPCError) as error:
        netconf.edit_config(target="running", config=cellar(inside))
    assert error.value.tag in tag, (error.value.tag, error.value.message)
    assert where in (error.value.path or "") + str(error.value.info), (error.value.path, error.value.info)
    assert error.value.message
    assert text(netconf) == before


@pytest.mark.requirement("R64")
def test_a_refused_commit_keeps_the_candidate_to_be_mended(netconf):
    netconf.edit_config(target="candidate", config=cellar(bottle(1, "<label>x</label><shelf>s1</shelf>")))
    with pytest.raises(RPCError):
        netconf.commit()
    netconf.edit_config(target="candidate", config=cellar("<shelf><name>s1</name></shelf>"))
    netconf.validate("candidate")
    netconf.commit()
    assert "<shelf>s1</shelf>" in text(netconf)
    with pytest.raises(RPCError) as error:
        netconf.edit_config(target="running", config=cellar('<shelf nc:operation="delete"><name>s1</name></shelf>'))
    assert error.value.tag == "data-missing", "what is referred to cannot go"


def test_subtree_filters_select(netconf):
    netconf.edit_config(target="running", config=cellar(
        bottle(1, "<label>red</label><tag>a</tag>") + bottle(2, "<label>white</label>") + "<temperature>9</temperature>"))
    assert "white" not in text(netconf, inside="<bottle><id>1</id></bottle>")
    only_labels = text(netconf, inside="<bottle><label/></bottle>")
    assert "red" in only_labels and "white" in only_labels and "<tag>" not in only_labels
    by_content = text(netconf, inside="<bottle><label>white</label></bottle>")
    assert "<id>2</id>" in by_content and "<id>1</id>" not in by_content
    both = text(netconf, inside="<bottle><id>2</id></bottle><temperature/>")
    assert "white" in both and "<temperature>9</temperature>" in both and "red" not in both
    assert "<cellar" not in text(netconf, inside="<bottle><id>7</id></bottle>")


@pytest.mark.requirement("R17")
def test_locks_shut_others_out_and_name_the_holder(netconf, daemon):
    with daemon.netconf() as other:
        with netconf.locked("candidate"):
            with pytest.raises(RPCError) as error:
                other.lock("candidate")
            assert error.value.tag == "lock-denied"
            assert str(netconf.session_id) in str(error.value.info)
            with pytest.raises(RPCError) as error:
                other.edit_config(target="candidate", config=cellar(bottle(5)))
            assert error.value.tag in ("in-use", "lock-denied")
        other.lock("candidate")
    netconf.lock("candidate")  # the other session's end released it
    netconf.unlock("candidate")
    with pytest.raises(RPCError):
        netconf.unlock("candidate")


def test_copy_config_between_the_faces(netconf):
    netconf.edit_config(target="candidate", config=cellar(bottle(1)))
    netconf.copy_config(source="running", target="candidate")
    assert "<id>1</id>" not in text(netconf, "candidate")
    netconf.edit_config(target="candidate", config=cellar(bottle(2)))
    netconf.copy_config(source="candidate", target="running")
    assert "<id>2</id>" in text(netconf)


def test_a_session_can_be_killed_but_not_by_itself(netconf, daemon):
    other = daemon.netconf()
    other.lock("running")
    netconf.kill_session(other.session_id)
    netconf.lock("running")
    netconf.unlock("running")
    with pytest.raises(RPCError) as error:
        netconf.kill_session(netconf.session_id)
    assert error.value.tag == "invalid-value"
    with pytest.raises(Exception):
        other.get_config("running")


def test_get_has_configuration_and_state(netconf):
    netconf.edit_config(target="running", config=cellar(bottle(1)))
    everything = netconf.get().data_xml
    assert "<id>1</id>" in everything and "yang-library" in everything
    sessions = netconf.get(("subtree", '<netconf-state xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring">'
                                       "<sessions/></netconf-state>")).data_xml
    assert f"<session-id>{netconf.session_id}</session-id>" in sessions


@pytest.mark.parametrize("operation, tag", [
    (f'<drink xmlns="{CE}"><id>1</id></drink>', "operation-not-supported"),
    (f'<frobnicate xmlns="{CE}"/>', "operation-not-supported"),
    ('<delete-config xmlns="%s"><target><running/></target></delete-config>' % NC, None),
    ('<get-config xmlns="%s"><source><startup/></source></get-config>' % NC, None),
    ('<get-config xmlns="%s"/>' % NC, "missing-element"),
    ('<get xmlns="%s"><filter type="xpath" select="/["/></get>' % NC, "invalid-value"),
    ('<get xmlns="%s"><filter type="json"/></get>' % NC, "bad-attribute"),
])
def test_what_is_not_there_is_refused_and_the_session_lives_on(netconf, operation, tag):
    with pytest.raises(RPCError) as error:
        netconf.dispatch(to_ele(operation))
    if tag:
        assert error.value.tag == tag or error.value.tag in ("unknown-element", "bad-element"), error.value.tag
    assert text(netconf)
