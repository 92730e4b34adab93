package org.lagopus.restconf;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient.Version;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.ModelSources;
import org.lagopus.datastore.Users;
import org.opendaylight.yangtools.yang.common.QName;

/// What RESTCONF makes of access control (RFC 8341, RFC 8040 §4).
@Tag("R4")
class AccessTest {
    private static final String DATA = "/restconf/data";
    private static final String SHELF = DATA + "/shelf:shelf";
    private static final String NACM =
            """
            {"ietf-netconf-acm:nacm": {"groups": {"group": [
                {"name": "admin", "user-name": ["admin"]}, {"name": "guest", "user-name": ["guest"]}]},
              "rule-list": [
                {"name": "admin", "group": ["admin"], "rule": [{"name": "all", "action": "permit"}]},
                {"name": "guest", "group": ["guest"], "rule": [
                  {"name": "1", "path": "/shelf:shelf/small", "access-operations": "*", "action": "deny"},
                  {"name": "2", "path": "/shelf:shelf/tag[.='mine']", "access-operations": "*", "action": "permit"},
                  {"name": "3", "rpc-name": "shake", "access-operations": "exec", "action": "deny"}]}]}}
            """;

    /// All of them, by the password `secret`.
    private static final Users ANYBODY =
            new Users() {
                @Override
                public boolean password(String user, String password) {
                    return password.equals("secret");
                }

                @Override
                public boolean key(String user, PublicKey key) {
                    return false;
                }
            };

    @TempDir Path state;
    private Datastore datastore;
    private RestconfServer server;
    private Client admin;
    private Client guest;

    @BeforeEach
    void start() throws Exception {
        var model =
                Model.load(
                        new ModelSources(
                                List.of("ietf-netconf-acm"), List.of(InstancesTest.yang())));
        datastore = Datastore.open(model, state, Clock.systemUTC());
        datastore
                .operations()
                .register(
                        QName.create("urn:test:shelf", "2026-01-01", "shake"),
                        (_, _) -> Optional.empty());
        // The first one to write writes without rules: the box.
        datastore.access().recoveryUser("admin");
        server =
                RestconfServer.start(
                        RestconfServer.Settings.of(URI.create("https://127.0.0.1:0"), state)
                                .withAccounts(null),
                        datastore,
                        ANYBODY);
        admin = new Client(server.url(), state, Version.HTTP_2, "admin:secret");
        guest = new Client(server.url(), state, Version.HTTP_2, "guest:secret");
        assertThat(admin.put(DATA + "/ietf-netconf-acm:nacm", NACM).statusCode()).isEqualTo(201);
        datastore.access().recoveryUser(null);
        var shelf = "{\"shelf:shelf\": {\"name\": \"n\", \"small\": 1, \"tag\": [\"a\"]}}";
        assertThat(admin.put(SHELF, shelf).statusCode()).isEqualTo(201);
    }

    @AfterEach
    void stop() throws Exception {
        guest.close();
        admin.close();
        server.close();
        datastore.close();
    }

    @Test
    void whatMayNotBeReadIsNotFound() throws Exception {
        assertThat(admin.get(SHELF + "/small").statusCode()).isEqualTo(200);
        assertThat(guest.get(SHELF + "/small").statusCode()).isEqualTo(404);
        assertThat(guest.get(SHELF + "/small?content=config").statusCode()).isEqualTo(404);
        assertThat(guest.get(DATA + "/ietf-netconf-acm:nacm").statusCode()).isEqualTo(404);
        assertThat(guest.get(SHELF).body()).contains("name").doesNotContain("small");
        assertThat(guest.get(SHELF + "?fields=small;name").body()).doesNotContain("small");
        assertThat(guest.get(DATA).body()).doesNotContain("small").doesNotContain("nacm");
    }

    @Test
    void whatMayNotBeWrittenIsForbiddenWhetherItIsThereOrNot() throws Exception {
        for (var path : List.of(SHELF + "/small", SHELF + "/big")) {
            assertThat(guest.send("DELETE", path, null).statusCode()).as(path).isIn(403, 404);
        }
        var put = guest.put(SHELF + "/name", "{\"shelf:name\": \"other\"}");
        assertThat(put.statusCode()).isEqualTo(403);
        assertThat(put.body()).contains("access-denied").contains("/shelf:shelf/name");
        var hidden = guest.put(SHELF + "/small", "{\"shelf:small\": 2}");
        assertThat(hidden.statusCode()).isEqualTo(403);
        assertThat(hidden.body()).doesNotContain("small");
        assertThat(guest.send("DELETE", SHELF + "/small", null).body()).isEqualTo(hidden.body());
        assertThat(admin.send("DELETE", SHELF + "/small", null).statusCode()).isEqualTo(204);
        assertThat(guest.put(SHELF + "/small", "{\"shelf:small\": 2}").body())
                .isEqualTo(hidden.body());
        assertThat(
                        guest.send(
                                        "PUT",
                                        SHELF + "/small",
                                        "{\"shelf:small\": 2}",
                                        "If-None-Match",
                                        "*")
                                .statusCode())
                .isEqualTo(403);
        assertThat(guest.put(SHELF + "/tag=mine", "{\"shelf:tag\": [\"mine\"]}").statusCode())
                .isEqualTo(201);
    }

    @Test
    void anOperationIsForbiddenByRule() throws Exception {
        var path = "/restconf/operations/shelf:shake";
        assertThat(guest.send("POST", path, "{not even JSON").statusCode()).isEqualTo(403);
        assertThat(guest.get("/restconf/operations").body())
                .contains("shelf:dust")
                .doesNotContain("shelf:shake");
        assertThat(guest.get("/restconf").body()).doesNotContain("shelf:shake");
        assertThat(admin.get("/restconf/operations").body()).contains("shelf:shake");
        assertThat(admin.send("POST", path, "{\"shelf:input\": {\"times\": 1}}").statusCode())
                .isEqualTo(204);
    }

    @Test
    void aPathIsWrittenInXmlWithItsPrefixesDeclared() throws Exception {
        var answer =
                admin.get(
                        DATA + "/ietf-netconf-acm:nacm/rule-list=guest/rule=1",
                        "Accept",
                        "application/yang-data+xml");
        assertThat(answer.body())
                .contains("<path xmlns:shelf=\"urn:test:shelf\">/shelf:shelf/small</path>");
        var put =
                admin.send(
                        "PUT",
                        DATA + "/ietf-netconf-acm:nacm/rule-list=guest/rule=1",
                        "<rule"
                                + " xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-acm\"><name>1</name><path"
                                + " xmlns:s=\"urn:test:shelf\">/s:shelf/s:big</path><action>deny</action></rule>",
                        "Content-Type",
                        "application/yang-data+xml");
        assertThat(put.statusCode()).as(put.body()).isEqualTo(204);
        assertThat(admin.get(DATA + "/ietf-netconf-acm:nacm/rule-list=guest/rule=1").body())
                .contains("/shelf:shelf/shelf:big");
    }
}
