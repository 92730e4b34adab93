package org.lagopus.netconf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Defaults;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.ModelSources;
import org.lagopus.datastore.Users;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// The examples of RFC 8341 appendix A over the wire, each user in a session of his own, and what
/// else a client may see of access control.
@Tag("R4")
class AccessTest {
    private static final String ACM = "urn:ietf:params:xml:ns:yang:ietf-netconf-acm";
    private static final String NET = "urn:example:network";

    /// Appendix A.1.
    private static final String GROUPS =
            """
            <groups>
              <group><name>admin</name><user-name>admin</user-name><user-name>andy</user-name></group>
              <group><name>limited</name><user-name>wilma</user-name><user-name>bam-bam</user-name></group>
              <group><name>guest</name><user-name>guest</user-name><user-name>guest@example.com</user-name></group>
            </groups>
            """;

    private static final String ALL_FOR_ADMIN =
            """
            <rule-list><name>admin-acl</name><group>admin</group>
              <rule><name>permit-all</name><module-name>*</module-name>
                <access-operations>*</access-operations><action>permit</action>
                <comment>Allow the 'admin' group complete access to all operations and data.</comment>
              </rule>
            </rule-list>
            """;

    private static Model model;

    @TempDir Path directory;
    private Datastore datastore;
    private NetconfServer server;
    private Port port;

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

    @BeforeAll
    static void loadsTheModel() throws Exception {
        model =
                Model.load(
                        new ModelSources(
                                List.of(
                                        "ietf-netconf",
                                        "ietf-netconf-acm",
                                        "ietf-netconf-monitoring",
                                        "lagopus-history"),
                                List.of(Path.of("src/test/yang"))));
    }

    @BeforeEach
    void start() throws Exception {
        datastore = Datastore.open(model, directory.resolve("state"), Clock.systemUTC());
        server = NetconfServer.start(Settings.usual(), datastore, ANYBODY);
        port = Port.bind(Box.ANY);
        port.open(server.ssh(List.of(HostKey.at(directory.resolve("hostkey"))), null));
    }

    @AfterEach
    void stop() throws Exception {
        port.close();
        server.close();
        datastore.close();
    }

    private Client login(String user) throws Exception {
        return Client.ssh(port.address(), user, "secret", null, "urn:ietf:params:netconf:base:1.1");
    }

    /// By the box itself, as the first configuration is.
    private void given(String config) throws Exception {
        var root =
                ConfigReader.whole(
                        Fixture.xml(Fixture.config(config)),
                        SchemaNode.root(model, Defaults.of(model)));
        datastore.edit(
                Face.RUNNING,
                List.of(Edit.replace(YangInstanceIdentifier.of(), root)),
                Actor.SYSTEM);
    }

    private static String nacm(String content) {
        return "<nacm xmlns=\"%s\">%s</nacm>".formatted(ACM, content);
    }

    private static String entries(String... names) {
        var all = new StringBuilder("<interfaces xmlns=\"%s\">".formatted(NET));
        for (var name : names) {
            all.append("<interface><name>%s</name><mtu>1500</mtu></interface>".formatted(name));
        }
        return all.append("</interfaces>").toString();
    }

    private static String mtu(String port, int mtu) {
        return "<interfaces xmlns=\"%s\"><interface><name>%s</name><mtu>%d</mtu></interface></interfaces>"
                .formatted(NET, port, mtu);
    }

    private static final String MONITORING =
            "<get><filter><netconf-state xmlns=\"%s\"><sessions/></netconf-state></filter></get>"
                    .formatted(Names.MONITORING);

    @Test
    void moduleRulesAsInAppendixA2() throws Exception {
        given(
                nacm(
                        GROUPS
                                + """
                                <rule-list><name>guest-acl</name><group>guest</group>
                                  <rule><name>deny-ncm</name><module-name>ietf-netconf-monitoring</module-name>
                                    <access-operations>*</access-operations><action>deny</action></rule>
                                </rule-list>
                                <rule-list><name>limited-acl</name><group>limited</group>
                                  <rule><name>permit-ncm</name><module-name>ietf-netconf-monitoring</module-name>
                                    <access-operations>read</access-operations><action>permit</action></rule>
                                  <rule><name>permit-exec</name><module-name>*</module-name>
                                    <access-operations>exec</access-operations><action>permit</action></rule>
                                </rule-list>
                                """
                                + ALL_FOR_ADMIN));
        try (var guest = login("guest");
                var wilma = login("wilma");
                var andy = login("andy")) {
            assertThat(guest.ok(MONITORING)).doesNotContain("session-id");
            assertThat(wilma.ok(MONITORING)).contains("<session-id>");
            assertThat(andy.ok(MONITORING)).contains("<session-id>");
            var schema =
                    "<get-schema xmlns=\"%s\"><identifier>ietf-netconf-acm</identifier></get-schema>"
                            .formatted(Names.MONITORING);
            assertThat(guest.refused(schema)).isEqualTo("access-denied");
            assertThat(wilma.ok(schema)).contains("module ietf-netconf-acm");
        }
    }

    @Test
    void protocolOperationRulesAsInAppendixA3() throws Exception {
        given(
                nacm(
                        GROUPS
                                + """
                                <rule-list><name>guest-limited-acl</name><group>limited</group><group>guest</group>
                                  <rule><name>deny-kill-session</name><module-name>ietf-netconf</module-name>
                                    <rpc-name>kill-session</rpc-name><access-operations>exec</access-operations>
                                    <action>deny</action></rule>
                                  <rule><name>deny-delete-config</name><module-name>ietf-netconf</module-name>
                                    <rpc-name>delete-config</rpc-name><access-operations>exec</access-operations>
                                    <action>deny</action></rule>
                                </rule-list>
                                <rule-list><name>admin-acl</name><group>admin</group>
                                  <rule><name>permit-edit-config</name><module-name>ietf-netconf</module-name>
                                    <rpc-name>edit-config</rpc-name><access-operations>exec</access-operations>
                                    <action>permit</action></rule>
                                </rule-list>
                                """));
        try (var wilma = login("wilma");
                var andy = login("andy")) {
            var kill = "<kill-session><session-id>%d</session-id></kill-session>";
            var reply = wilma.rpc(kill.formatted(andy.session()));
            assertThat(Client.tag(reply)).isEqualTo("access-denied");
            assertThat(reply)
                    .contains("<error-type>protocol</error-type>")
                    .containsPattern("<error-path[^>]*>/nc:rpc/nc:kill-session</error-path>");
            // No rule permits it to admin, and by itself it is denied.
            assertThat(andy.refused(kill.formatted(wilma.session()))).isEqualTo("access-denied");
            assertThat(wilma.refused("<delete-config><target><running/></target></delete-config>"))
                    .isEqualTo("access-denied");
            // To invoke it is one thing, to write another.
            assertThat(andy.refused(andy.edit("running", mtu("a", 1400))))
                    .isEqualTo("access-denied");
            wilma.ok("<get-config><source><running/></source></get-config>");
            wilma.ok("<close-session/>");
        }
    }

    @Test
    void dataNodeRulesAsInAppendixA4WhateverThePrefixes() throws Exception {
        given(
                entries("dummy", "eth0")
                        + nacm(
                                GROUPS
                                        + """
                                        <rule-list><name>guest-acl</name><group>guest</group>
                                          <rule><name>deny-nacm</name><path xmlns:n="%1$s">/n:nacm</path>
                                            <access-operations>*</access-operations><action>deny</action></rule>
                                        </rule-list>
                                        <rule-list><name>guest-limited-acl</name><group>guest</group><group>limited</group>
                                          <rule><name>permit-dummy-interface</name>
                                            <path xmlns:acme="%2$s">/acme:interfaces/acme:interface[acme:name='dummy']</path>
                                            <access-operations>read update</access-operations><action>permit</action></rule>
                                        </rule-list>
                                        <rule-list><name>admin-acl</name><group>admin</group>
                                          <rule><name>permit-interface</name>
                                            <path xmlns:x="%2$s">/x:interfaces/x:interface</path>
                                            <access-operations>*</access-operations><action>permit</action></rule>
                                          <rule><name>permit-nacm</name><path xmlns:x="%1$s">/x:nacm</path>
                                            <access-operations>read</access-operations><action>permit</action></rule>
                                        </rule-list>
                                        """
                                                .formatted(ACM, NET)));
        try (var wilma = login("wilma");
                var andy = login("andy")) {
            wilma.ok(wilma.edit("running", mtu("dummy", 1400)));
            var refused = wilma.rpc(wilma.edit("running", mtu("eth0", 1400)));
            assertThat(Client.tag(refused)).isEqualTo("access-denied");
            assertThat(refused).contains("'eth0']/").contains(":mtu</error-path>");
            assertThat(wilma.refused(wilma.edit("running", entries("new"))))
                    .isEqualTo("access-denied");
            var delete =
                    "<interfaces xmlns=\"%s\"><interface xmlns:nc=\"%s\" nc:operation=\"delete\"><name>dummy</name></interface></interfaces>"
                            .formatted(NET, Names.BASE);
            assertThat(wilma.refused(wilma.edit("running", delete))).isEqualTo("access-denied");
            andy.ok(andy.edit("running", entries("new")));
            andy.ok(andy.edit("running", delete));
            assertThat(wilma.running("<nacm xmlns=\"%s\"/>".formatted(ACM)))
                    .doesNotContain("rule-list");
            // Read back, the prefixes are declared and mean what they meant.
            assertThat(andy.running("<nacm xmlns=\"%s\"/>".formatted(ACM)))
                    .containsPattern(
                            "<path[^>]* xmlns:example-network=\"%s\"[^>]*>/example-network:interfaces/example-network:interface\\[example-network:name='dummy'\\]</path>"
                                    .formatted(NET));
        }
    }

    @Test
    void aFilterCannotAskForWhatMayNotBeRead() throws Exception {
        given(
                entries("a", "b")
                        + nacm(
                                GROUPS
                                        + """
                                        <rule-list><name>l</name><group>limited</group>
                                          <rule><name>b</name>
                                            <path xmlns:x="%1$s">/x:interfaces/x:interface[x:name='b']</path>
                                            <action>deny</action></rule>
                                          <rule><name>mtu</name>
                                            <path xmlns:x="%1$s">/x:interfaces/x:interface/x:mtu</path>
                                            <action>deny</action></rule>
                                        </rule-list>
                                        """
                                                .formatted(NET)
                                        + ALL_FOR_ADMIN));
        try (var wilma = login("wilma");
                var andy = login("andy")) {
            var byMtu =
                    "<interfaces xmlns=\"%s\"><interface><mtu>1500</mtu><name/></interface></interfaces>"
                            .formatted(NET);
            assertThat(andy.running(byMtu)).contains("<name>a</name>", "<name>b</name>");
            assertThat(wilma.running(byMtu)).doesNotContain("<name>");
            var byName =
                    "<interfaces xmlns=\"%s\"><interface><name>%s</name></interface></interfaces>";
            assertThat(wilma.running(byName.formatted(NET, "a")))
                    .contains("<name>a</name>")
                    .doesNotContain("mtu");
            assertThat(wilma.running(byName.formatted(NET, "b"))).doesNotContain("<name>");
            assertThat(wilma.ok("<get/>"))
                    .contains("<name>a</name>")
                    .doesNotContain("<name>b</name>");
        }
    }

    @Test
    void aPrefixThatMeansNothingIsNoPath() throws Exception {
        given(nacm(GROUPS + ALL_FOR_ADMIN));
        try (var andy = login("andy")) {
            var rule =
                    nacm(
                            "<rule-list><name>l</name><rule><name>r</name><path>/none:x</path><action>deny</action></rule></rule-list>");
            assertThat(andy.refused(andy.edit("candidate", rule))).isEqualTo("invalid-value");
        }
    }

    @Test
    void aDeniedOperationIsNotReadAndTheSessionGoesOn() throws Exception {
        given(
                nacm(
                        GROUPS
                                + "<rule-list><name>l</name><group>limited</group><rule><name>r</name><rpc-name>edit-config</rpc-name><action>deny</action></rule></rule-list>"));
        try (var wilma = login("wilma")) {
            // What follows is nonsense, and nobody finds out.
            assertThat(wilma.refused("<edit-config><target><nonsense/></target></edit-config>"))
                    .isEqualTo("access-denied");
            assertThat(wilma.refused("<edit-config>" + "<x/>".repeat(2000) + "</edit-config>"))
                    .isEqualTo("access-denied");
            wilma.ok("<get-config><source><running/></source></get-config>");
        }
    }

    @Test
    void theHistoryShowsOnlyWhatMayBeRead() throws Exception {
        given(
                nacm(
                        GROUPS
                                + "<rule-list><name>l</name><group>limited</group><rule><name>b</name><path xmlns:x=\"%s\">/x:interfaces/x:interface[x:name='b']</path><action>deny</action></rule></rule-list>"
                                        .formatted(NET)
                                + ALL_FOR_ADMIN));
        try (var wilma = login("wilma");
                var andy = login("andy")) {
            andy.ok(andy.edit("running", entries("a", "b")));
            var show =
                    "<show-commit xmlns=\"%s\"><id>%d</id></show-commit>"
                            .formatted(Names.HISTORY, datastore.generation());
            assertThat(andy.ok(show)).contains("\"a\"", "\"b\"");
            assertThat(wilma.ok(show)).contains("\"a\"").doesNotContain("\"b\"");
            assertThat(wilma.refused("<save-rescue xmlns=\"%s\"/>".formatted(Names.HISTORY)))
                    .isEqualTo("access-denied");
            assertThat(
                            wilma.refused(
                                    "<rollback xmlns=\"%s\"><to>1</to></rollback>"
                                            .formatted(Names.HISTORY)))
                    .isEqualTo("access-denied");
            andy.ok("<save-rescue xmlns=\"%s\"/>".formatted(Names.HISTORY));
        }
    }
}
