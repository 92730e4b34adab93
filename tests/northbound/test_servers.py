"""The servers as configuration: endpoints, keys, certificates, limits and call home, seen by real clients."""

import base64
import contextlib
import datetime
import ipaddress
import re
import socket
import ssl
import subprocess
import threading
from xml.sax.saxutils import escape

import paramiko
import pytest
from conftest import eventually
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from ncclient import manager
from ncclient.operations import RPCError

NORTHBOUND = "urn:lagopus:yang:lagopus-northbound"
KEYSTORE = "urn:ietf:params:xml:ns:yang:ietf-keystore"
TRUSTSTORE = "urn:ietf:params:xml:ns:yang:ietf-truststore"
CRYPTO = "urn:ietf:params:xml:ns:yang:ietf-crypto-types"
X509C2N = "urn:ietf:params:xml:ns:yang:ietf-x509-cert-to-name"
BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
REPLACE = f'xmlns:nc="{BASE}" nc:operation="replace"'


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def xml(tag, content, attributes=""):
    """Elements from dictionaries, lists and values."""
    if isinstance(content, list):
        return "".join(xml(tag, one, attributes) for one in content)
    if isinstance(content, dict):
        inner = "".join(xml(name, value) for name, value in content.items())
    else:
        inner = escape(str(content).lower() if isinstance(content, bool) else str(content))
    return f"<{tag}{' ' + attributes if attributes else ''}>{inner}</{tag}>"


def northbound(**content):
    return xml("northbound", content, f'xmlns="{NORTHBOUND}" {REPLACE}')


def commit(netconf, *parts):
    netconf.edit_config(target="candidate", config=f'<config xmlns="{BASE}">{"".join(parts)}</config>')
    try:
        netconf.commit()
    except RPCError:
        netconf.discard_changes()
        raise


def ssh_endpoint(name, port, *host_keys, **config):
    endpoint = {"name": name, "config": {"name": name, "address": "127.0.0.1", "port": port} | config}
    if host_keys:
        endpoint["ssh"] = {"config": {"host-key": list(host_keys)}}
    return endpoint


def key_entry(name, key, certificate=None, kind="one-asymmetric-key-format", encoding=serialization.PrivateFormat.PKCS8):
    private = key.private_bytes(serialization.Encoding.DER, encoding, serialization.NoEncryption())
    entry = {"name": name, "private-key-format": f"ct:{kind}",
             "cleartext-private-key": base64.b64encode(private).decode()}
    if certificate is not None:
        entry["certificates"] = {"certificate": {"name": "own", "cert-data": der(certificate)}}
    return entry


def keystore(*entries):
    return xml("keystore", {"asymmetric-keys": {"asymmetric-key": list(entries)}},
               f'xmlns="{KEYSTORE}" xmlns:ct="{CRYPTO}" {REPLACE}')


def truststore(**bags):
    return xml("truststore", {"certificate-bags": {"certificate-bag": [
        {"name": name, "certificate": {"name": "one", "cert-data": der(certificate)}}
        for name, certificate in bags.items()]}}, f'xmlns="{TRUSTSTORE}" {REPLACE}')


def der(certificate):
    return base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()


class Authority:
    """Issues certificates, and writes what clients need into files."""

    def __init__(self, directory, name="authority"):
        self.directory = directory
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._sign(name, self.key.public_key(), [], authority=True)

    def _sign(self, name, public_key, alternatives, authority=False):
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.utcnow()
        builder = (x509.CertificateBuilder().subject_name(subject).public_key(public_key)
                   .issuer_name(subject if authority else self.certificate.subject)
                   .serial_number(x509.random_serial_number())
                   .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
                   .add_extension(x509.BasicConstraints(authority, None), critical=True))
        if alternatives:
            builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def issue(self, name, *alternatives, key=None):
        key = key or ec.generate_private_key(ec.SECP256R1())
        return key, self._sign(name, key.public_key(), list(alternatives))

    def file(self, name, *alternatives):
        """A file with key and certificate for a client."""
        key, certificate = self.issue(name, *alternatives)
        path = self.directory / f"{name}.pem"
        path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption())
                         + certificate.public_bytes(serialization.Encoding.PEM))
        return path

    def fingerprint(self):
        return "04:" + ":".join(f"{octet:02x}" for octet in self.certificate.fingerprint(hashes.SHA256()))

    def context(self, client=None):
        """TLS of a client that believes this authority."""
        context = ssl.create_default_context(
            cadata=self.certificate.public_bytes(serialization.Encoding.PEM).decode())
        if client is not None:
            context.load_cert_chain(client)
        return context


class Talk:
    """NETCONF by hand on a stream, base 1.0."""

    def __init__(self, stream):
        self.stream = stream
        stream.settimeout(20)
        self.received = b""
        self.hello = self.read()
        self.send(f'<hello xmlns="{BASE}"><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability>'
                  "</capabilities></hello>")

    def send(self, message):
        self.stream.sendall(message.encode() + b"]]>]]>")

    def read(self):
        while b"]]>]]>" not in self.received:
            more = self.stream.recv(65536)
            if not more:
                raise EOFError(self.received)
            self.received += more
        message, _, self.received = self.received.partition(b"]]>]]>")
        return message.decode()

    def rpc(self, operation):
        self.send(f'<rpc xmlns="{BASE}" message-id="1">{operation}</rpc>')
        return self.read()


def sessions(netconf):
    return netconf.get(("subtree", '<netconf-state xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring">'
                                   "<sessions/></netconf-state>")).data_xml


def state(netconf, path="<northbound xmlns='%s'/>" % NORTHBOUND):
    return netconf.get(("subtree", path)).data_xml


def to(port, **options):
    return manager.connect(host="127.0.0.1", port=port, username="admin", password="secret", hostkey_verify=False,
                           allow_agent=False, look_for_keys=False, timeout=30, **options)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.requirement("R34")
def test_a_session_goes_on_while_its_listener_moves(lagopusd):
    daemon = lagopusd()
    first, second = free_port(), free_port()
    with daemon.netconf() as old:
        commit(old, northbound(netconf={"endpoints": {"endpoint": [ssh_endpoint("a", first)]}}))
        eventually(lambda: not listens(daemon.netconf_port), what="the address of the command line is closed")
        with to(first) as middle:
            commit(middle, northbound(netconf={"endpoints": {"endpoint": [ssh_endpoint("a", second)]}}))
            eventually(lambda: not listens(first), what="the old port is closed")
            with to(second) as new:
                assert "<listening>true</listening>" in eventually(
                    lambda: str(second) in state(new) and state(new), what="the state shows the new port")
            middle.get_config("running")
        old.get_config("running")
        commit(old, northbound())
    with daemon.netconf() as again:
        again.get_config("running")


def test_a_taken_port_refuses_the_commit_with_its_path(lagopusd):
    daemon = lagopusd()
    with socket.socket() as other, daemon.netconf() as netconf:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(RPCError) as refused:
            commit(netconf, northbound(netconf={"endpoints": {"endpoint": [ssh_endpoint("a", taken)]}}))
        assert "Address already in use" in refused.value.message
        assert "endpoint" in refused.value.path and "'a'" in refused.value.path
        assert listens(daemon.netconf_port)


@pytest.mark.parametrize("make, kind, encoding", [
    (lambda: ec.generate_private_key(ec.SECP256R1()), "one-asymmetric-key-format", serialization.PrivateFormat.PKCS8),
    (lambda: ec.generate_private_key(ec.SECP384R1()), "ec-private-key-format",
     serialization.PrivateFormat.TraditionalOpenSSL),
    (lambda: rsa.generate_private_key(65537, 2048), "rsa-private-key-format",
     serialization.PrivateFormat.TraditionalOpenSSL),
    (ed25519.Ed25519PrivateKey.generate, "one-asymmetric-key-format", serialization.PrivateFormat.PKCS8),
], ids=["ecdsa-pkcs8", "ecdsa-sec1", "rsa-pkcs1", "ed25519-pkcs8"])
def test_a_host_key_changes_on_a_port_that_stays(lagopusd, make, kind, encoding):
    daemon = lagopusd()
    port = free_port()

    def shown():
        with contextlib.closing(paramiko.Transport(("127.0.0.1", port))) as transport:
            transport.start_client(timeout=20)
            return transport.get_remote_server_key().asbytes()

    def blob(key):
        line = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        return base64.b64decode(line.split()[1])

    with daemon.netconf() as netconf:
        commit(netconf, northbound(netconf={"endpoints": {"endpoint": [ssh_endpoint("a", port)]}}))
        own = shown()
        key = make()
        with to(port) as session:
            commit(netconf, keystore(key_entry("k", key, kind=kind, encoding=encoding)),
                   northbound(netconf={"endpoints": {"endpoint": [ssh_endpoint("a", port, "k")]}}))
            assert shown() == blob(key) != own
            session.get_config("running")
        assert "private-key" in netconf.get_config("running").data_xml  # the recovery of it is for administrators


def test_limits_are_configuration(lagopusd):
    daemon = lagopusd()
    with daemon.netconf() as netconf:
        commit(netconf, northbound(netconf={"config": {"maximum-sessions": 2, "idle-timeout": 2,
                                                       "maximum-value-length": 1024}}))
        second = daemon.netconf()
        with pytest.raises(Exception):
            daemon.netconf(timeout=10)
        eventually(lambda: "maximum-sessions" in daemon.log.read_text(), what="a log line")
        with pytest.raises(RPCError) as big:
            second.edit_config(target="candidate", config=f'<config xmlns="{BASE}">'
                               + northbound(netconf={"config": {"idle-timeout": "9" * 2000}}) + "</config>")
        assert big.value.tag == "too-big"
        eventually(lambda: not second.connected, what="the idle session is ended")
        assert "idle for 2 s" in daemon.log.read_text()
        assert netconf.connected  # began before the time-out was set
        commit(netconf, northbound())


def tls_endpoint(name, port, authority, maps=(), **config):
    identities = {"cert-to-name": [
        {"id": number, "fingerprint": fingerprint, "map-type": f"x509c2n:{kind}"} | more
        for number, (fingerprint, kind, more) in enumerate(maps, 1)]} if maps else {}
    return {"name": name, "config": {"name": name, "address": "127.0.0.1", "port": port, "transport": "tls"},
            "tls": {"config": {"key": "k", "client-ca": "clients"} | config, "client-identities": identities}}


def tls_endpoints(*endpoints):
    return xml("northbound", {"netconf": {"endpoints": {"endpoint": list(endpoints)}}},
               f'xmlns="{NORTHBOUND}" xmlns:x509c2n="{X509C2N}" {REPLACE}')


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


HERE = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


@contextlib.contextmanager
def tls(port, context):
    with socket.create_connection(("127.0.0.1", port), 20) as plain:
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as stream:
            yield stream


def serve_tls(netconf, authority, port, *maps, **config):
    key, certificate = authority.issue("box", HERE)
    commit(netconf, keystore(key_entry("k", key, certificate)), truststore(clients=authority.certificate),
           tls_endpoints(tls_endpoint("t", port, authority, maps, **config), ssh_endpoint("s", netconf.port)))


@pytest.fixture
def over_ssh(lagopusd):
    """A box and a session on it whose endpoint is configured, so that it stays."""
    daemon = lagopusd()
    with daemon.netconf() as netconf:
        netconf.port = daemon.netconf_port
        yield daemon, netconf


@pytest.mark.requirement("R34")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_netconf_over_tls_knows_users_by_their_certificates(over_ssh, authority, version):
    daemon, netconf = over_ssh
    port = free_port()
    serve_tls(netconf, authority, port, (authority.fingerprint(), "san-rfc822-name", {}),
              (authority.fingerprint(), "common-name", {}))
    by_mail = authority.context(authority.file("mail", x509.RFC822Name("Admin@EXAMPLE.org")))
    by_name = authority.context(authority.file("keeper"))
    for context, user in (by_mail, "Admin@example.org"), (by_name, "keeper"):
        context.minimum_version = context.maximum_version = version
        with tls(port, context) as stream:
            talk = Talk(stream)
            assert "urn:ietf:params:netconf:base:1.1" in talk.hello
            assert "<data" in talk.rpc("<get-config><source><running/></source></get-config>")
            known = eventually(lambda: "netconf-tls" in sessions(netconf) and sessions(netconf), what="the session")
            assert f"<username>{user}</username>" in known
            assert "<ok" in talk.rpc("<close-session/>")
            assert stream.recv(1) == b""


def test_openssl_talks_to_it(over_ssh, authority):
    daemon, netconf = over_ssh
    port = free_port()
    serve_tls(netconf, authority, port, (authority.fingerprint(), "specified", {"name": "operator"}),
              **{"minimum-version": "tls13"})
    client = authority.file("anyone")
    ca = authority.directory / "ca.pem"
    ca.write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
    command = ["openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{port}", "-CAfile", ca, "-verify_return_error",
               "-cert", client, "-key", client]
    hello = (f'<hello xmlns="{BASE}"><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability>'
             f'</capabilities></hello>]]>]]><rpc xmlns="{BASE}" message-id="7"><close-session/></rpc>]]>]]>')
    done = subprocess.run(command, input=hello, capture_output=True, text=True, timeout=30)
    assert 'message-id="7"' in done.stdout and "<ok" in done.stdout, done.stderr
    old = subprocess.run([*command, "-tls1_2"], input="", capture_output=True, text=True, timeout=30)
    assert old.returncode != 0


def test_a_certificate_that_is_not_believed_is_refused_with_a_line_in_the_log(over_ssh, authority, tmp_path):
    daemon, netconf = over_ssh
    port = free_port()
    serve_tls(netconf, authority, port, (authority.fingerprint(), "san-dns-name", {}))
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other", "stranger").file("admin")
    for client in stranger, None, authority.file("nameless"):
        with pytest.raises((ssl.SSLError, EOFError, ConnectionError)), \
                tls(port, authority.context(client)) as stream:
            Talk(stream)
    log = eventually(lambda: daemon.log.read_text().count("TLS from 127.0.0.1 refused") == 3 and daemon.log.read_text(),
                     what="three lines in the log")
    assert re.search(r"refused: .*(unable to find valid certification path|PKIX|trust)", log)
    assert "no entry of cert-to-name gives a user to CN=nameless" in log


def test_what_cannot_be_served_over_tls_refuses_the_commit(over_ssh, authority):
    daemon, netconf = over_ssh
    port = free_port()
    key, certificate = authority.issue("box", HERE)
    other, _ = authority.issue("other")
    good = (authority.fingerprint(), "common-name", {})
    for entry, maps, said in [
        (key_entry("k", other, certificate), [good], "is not for that key"),
        (key_entry("k", key), [good], "has no certificate"),
        (key_entry("k", key, certificate), [], "cert-to-name"),
        (key_entry("k", key, certificate), [("09:00", "common-name", {})], "no known hash"),
        (key_entry("k", key, certificate) | {"cleartext-private-key": "AAAA"}, [good], "no private key of that format"),
    ]:
        with pytest.raises(RPCError) as refused:
            commit(netconf, keystore(entry), truststore(clients=authority.certificate),
                   tls_endpoints(tls_endpoint("t", port, authority, maps), ssh_endpoint("s", netconf.port)))
        assert said in refused.value.message
        assert not listens(port)


def test_a_slow_handshake_is_bounded_in_time(over_ssh, authority):
    daemon, netconf = over_ssh
    port = free_port()
    serve_tls(netconf, authority, port, (authority.fingerprint(), "common-name", {}))
    netconf.edit_config(target="candidate", config=f'<config xmlns="{BASE}">' + xml(
        "northbound", {"netconf": {"config": {"hello-timeout": 1}}}, f'xmlns="{NORTHBOUND}"') + "</config>")
    netconf.commit()
    for at in port, netconf.port:
        with socket.create_connection(("127.0.0.1", at), 20) as dead:
            dead.settimeout(20)
            while dead.recv(4096):
                pass


def call_home(netconf, port, transport="ssh", tls=None, **config):
    client = {"name": "nms", "config": {"name": "nms", "transport": transport, "retry-interval": 1} | config,
              "endpoints": {"endpoint": [
                  {"name": "dead", "config": {"name": "dead", "address": "127.0.0.1", "port": free_port()}},
                  {"name": "live", "config": {"name": "live", "address": "127.0.0.1", "port": port}}]}}
    if tls:
        client["tls"] = tls
    return xml("northbound", {"netconf": {
        "endpoints": {"endpoint": [ssh_endpoint("s", netconf.port)]}, "call-home": {"client": [client]}}},
        f'xmlns="{NORTHBOUND}" xmlns:x509c2n="{X509C2N}" {REPLACE}')


def test_it_calls_home_over_ssh_and_calls_again(over_ssh):
    daemon, netconf = over_ssh
    port = free_port()
    waiting = {}

    def wait():
        waiting["box"] = manager.call_home(host="127.0.0.1", port=port, username="admin", password="secret",
                                           hostkey_verify=False, allow_agent=False, look_for_keys=False, timeout=40)

    for turn in 1, 2:
        listener = threading.Thread(target=wait, daemon=True)
        listener.start()
        if turn == 1:
            commit(netconf, call_home(netconf, port, **{"maximum-attempts": 1}))
        listener.join(60)
        box = waiting.pop("box")
        assert box.get_config("running").data_xml
        known = eventually(lambda: "<connected>true</connected>" in state(netconf) and state(netconf),
                           what="the state shows the connection")
        assert "<endpoint>live</endpoint>" in known and f"<connections>{turn}</connections>" in known
        box.close_session()
        if turn == 1:
            eventually(lambda: "<connected>false</connected>" in state(netconf), what="the state shows the end")
    eventually(lambda: re.search(r"<last-error>(dead|live) \(127.0.0.1 port \d+\): Connection refused", state(netconf)),
               seconds=30, what="why it does not reach the client")


def test_it_calls_home_over_tls(over_ssh, authority):
    daemon, netconf = over_ssh
    key, certificate = authority.issue("box", HERE)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.settimeout(40)
        commit(netconf, keystore(key_entry("k", key, certificate)), truststore(clients=authority.certificate),
               call_home(netconf, listening.getsockname()[1], "tls", {
                   "config": {"key": "k", "client-ca": "clients"},
                   "client-identities": {"cert-to-name": {
                       "id": 1, "fingerprint": authority.fingerprint(), "map-type": "x509c2n:common-name"}}}))
        plain, _ = listening.accept()
        context = authority.context(authority.file("manager"))
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as stream:
            talk = Talk(stream)
            assert "<data" in talk.rpc("<get-config><source><running/></source></get-config>")
            assert "<username>manager</username>" in eventually(
                lambda: "netconf-tls" in sessions(netconf) and sessions(netconf), what="the session")


@pytest.mark.requirement("R34")
def test_restconf_listens_where_it_is_configured_and_knows_certificates(over_ssh, authority):
    daemon, netconf = over_ssh
    port = free_port()
    key, certificate = authority.issue("box", HERE)
    ca = authority.directory / "ca.pem"
    ca.write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))

    def restconf(**tls):
        return xml("northbound", {
            "netconf": {"endpoints": {"endpoint": [ssh_endpoint("s", netconf.port)]}},
            "restconf": {"config": {"maximum-body-size": 65536}, "endpoints": {"endpoint": [
                {"name": "r", "config": {"name": "r", "address": "127.0.0.1", "port": port}} | tls]}}},
            f'xmlns="{NORTHBOUND}" xmlns:x509c2n="{X509C2N}" {REPLACE}')

    def curl(*options, path="/restconf/data/ietf-netconf-monitoring:netconf-state/sessions"):
        return subprocess.run(["curl", "-sS", "-o", "-", "-w", "%{http_code}", *options,
                               f"https://127.0.0.1:{port}{path}"], capture_output=True, text=True, timeout=30).stdout

    commit(netconf, restconf())
    assert curl("-k", "-u", "admin:secret").endswith("200")
    old = int(daemon.url.rsplit(":", 1)[1])
    eventually(lambda: not listens(old), what="the address of the command line is closed")

    commit(netconf, keystore(key_entry("k", key, certificate)), truststore(clients=authority.certificate),
           restconf(tls={"config": {"key": "k", "client-ca": "clients"}, "client-identities": {"cert-to-name": {
               "id": 1, "fingerprint": authority.fingerprint(), "map-type": "x509c2n:common-name"}}}))
    client = authority.file("admin")
    assert curl("--cacert", ca, "-u", "admin:secret").endswith("200")
    assert curl("--cacert", ca, "--cert", client).endswith("200")
    assert curl("--cacert", ca).endswith("401")
    assert curl("--cacert", ca, "--cert", client, "-u", "admin:wrong").endswith("401")
    large = curl("--cacert", ca, "--cert", client, "-X", "PATCH", "-H", "Content-Type: application/yang-data+json",
                 "--data", "{" + " " * 70000 + "}", path="/restconf/data")
    assert "too-big" in large and large.endswith("413")
