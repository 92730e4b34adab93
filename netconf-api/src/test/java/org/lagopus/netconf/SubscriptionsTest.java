package org.lagopus.netconf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Dynamic subscriptions (RFC 8639, 8640, 8641), as a client sees them.
@Tag("R16")
@Timeout(60)
class SubscriptionsTest {
    private static final String PEOPLE =
            "<top xmlns=\"urn:example:people\"><users><user><name>%s</name>%s</user></users></top>";
    private static final Pattern ID = Pattern.compile("<id xmlns=\"[^\"]*\">(\\d+)</id>");

    @TempDir Path directory;
    private Box box;

    @BeforeEach
    void open() throws Exception {
        box = Box.at(directory);
    }

    @AfterEach
    void close() throws IOException {
        box.close();
    }

    private static String operation(String name, String parameters) {
        return "<%s xmlns=\"%s\" xmlns:yp=\"%s\" xmlns:ds=\"%s\">%s</%s>"
                .formatted(name, Names.SUBSCRIBED, Names.PUSH, Names.DATASTORES, parameters, name);
    }

    private static String establish(String parameters) {
        return operation("establish-subscription", parameters);
    }

    private static String push(String datastore, String filter, String trigger) {
        return establish(
                "<yp:datastore>ds:%s</yp:datastore>%s%s"
                        .formatted(
                                datastore,
                                filter.isEmpty()
                                        ? ""
                                        : "<yp:datastore-subtree-filter>"
                                                + filter
                                                + "</yp:datastore-subtree-filter>",
                                trigger));
    }

    private static String byId(String name, long id) {
        return operation(name, "<id>" + id + "</id>");
    }

    private static long id(String reply) {
        var id = ID.matcher(reply);
        assertThat(id.find()).as(reply).isTrue();
        return Long.parseLong(id.group(1));
    }

    private static void add(Client client, String name, String rest) throws IOException {
        client.ok(client.edit("running", PEOPLE.formatted(name, rest)));
    }

    private static String next(Client client, String part) throws IOException {
        while (true) {
            var message = client.receive();
            if (message.contains(part)) {
                return message;
            }
        }
    }

    @Test
    void aSessionHasAsManySubscriptionsAsItWants() throws Exception {
        try (var listener = Client.admin(box);
                var writer = Client.admin(box)) {
            long one = id(listener.ok(establish("<stream>NETCONF</stream>")));
            long two = id(listener.ok(establish("<stream>NETCONF</stream>")));
            assertThat(two).isNotEqualTo(one);
            add(writer, "alice", "");
            next(listener, "netconf-config-change");
            next(listener, "netconf-config-change");
        }
    }

    @Test
    void whatIsDeletedEndsWithoutAWordAndWhatIsKilledWithOne() throws Exception {
        try (var listener = Client.admin(box);
                var other = Client.admin(box)) {
            long deleted = id(listener.ok(establish("<stream>NETCONF</stream>")));
            assertThat(other.rpc(byId("delete-subscription", deleted)))
                    .contains("<error-app-tag>ietf-subscribed-notifications:no-such-subscription<");
            listener.ok(byId("delete-subscription", deleted));
            long killed = id(listener.ok(establish("<stream>NETCONF</stream>")));
            other.ok(byId("kill-subscription", killed));
            assertThat(next(listener, "subscription-terminated"))
                    .contains("<id>" + killed + "</id><reason>no-such-subscription</reason>");
            while (!other.rpc(byId("kill-subscription", killed)).contains("invalid-value")) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void aReplayTellsWhereItEndsAndThatTheLogIsShorter() throws Exception {
        try (var client = Client.admin(box)) {
            var reply =
                    client.ok(
                            establish(
                                    "<stream>NETCONF</stream><replay-start-time>"
                                            + Instant.now().minus(Duration.ofDays(9))
                                            + "</replay-start-time>"));
            assertThat(reply).contains("<replay-start-time-revision");
            assertThat(next(client, "replay-completed")).contains("<id>" + id(reply) + "</id>");
        }
    }

    @Test
    void theFilterOfASubscriptionCanBeChanged() throws Exception {
        try (var listener = Client.admin(box);
                var writer = Client.admin(box)) {
            long id =
                    id(
                            listener.ok(
                                    establish(
                                            "<stream>NETCONF</stream><stream-subtree-filter>"
                                                    + "<none xmlns=\"urn:none\"/>"
                                                    + "</stream-subtree-filter>")));
            add(writer, "alice", "");
            listener.ok(
                    operation(
                            "modify-subscription",
                            ("<id>%d</id><stream-subtree-filter><netconf-session-end"
                                            + " xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-notifications\"/>"
                                            + "</stream-subtree-filter>")
                                    .formatted(id)));
            writer.ok("<close-session/>");
            assertThat(listener.receive()).contains("netconf-session-end");
        }
    }

    @Test
    void showsSubscriptionsInTheStateTree() throws Exception {
        try (var client = Client.admin(box)) {
            long id =
                    id(
                            client.ok(
                                    push(
                                            "operational",
                                            "",
                                            "<yp:on-change><yp:sync-on-start>false"
                                                    + "</yp:sync-on-start></yp:on-change>")));
            String shown;
            do {
                client.send(
                        "<rpc xmlns=\"%s\" message-id=\"9\"><get><filter><subscriptions xmlns=\"%s\"/></filter></get></rpc>"
                                .formatted(Names.BASE, Names.SUBSCRIBED));
                shown = next(client, "<rpc-reply");
            } while (!shown.contains("<id>" + id + "</id>"));
            assertThat(shown)
                    .contains(":operational</datastore>")
                    .contains("<state>active</state>")
                    .contains("session " + client.session() + " of admin");
        }
    }

    @Test
    void pushesTheWholeAndThenWhatChanges() throws Exception {
        try (var listener = Client.admin(box);
                var writer = Client.admin(box)) {
            add(writer, "alice", "<type>guest</type>");
            var filter =
                    "<top xmlns=\"urn:example:people\"><users><user><name>alice</name></user></users></top>";
            long id = id(listener.ok(push("running", filter, "<yp:on-change/>")));
            assertThat(next(listener, "<push-update"))
                    .contains("<id>" + id + "</id><datastore-contents><top ")
                    .contains("<type>guest</type>");
            add(writer, "bob", "");
            add(writer, "alice", "<type>admin</type>");
            assertThat(listener.receive())
                    .contains("<push-change-update xmlns=\"" + Names.PUSH + "\">")
                    .contains("<patch-id>0</patch-id>")
                    .contains("<operation>replace</operation>")
                    .contains("<target>/example-people:top/users/user=alice/type</target>")
                    .contains("<value><type xmlns=\"urn:example:people\">admin</type></value>");
            writer.ok(
                    writer.edit(
                            "running",
                            "<top xmlns=\"urn:example:people\" nc:operation=\"delete\"/>"));
            assertThat(listener.receive()).contains("<operation>delete</operation>");
            listener.ok(
                    "<resync-subscription xmlns=\"%s\"><id>%d</id></resync-subscription>"
                            .formatted(Names.PUSH, id));
            assertThat(listener.receive()).contains("<datastore-contents></datastore-contents>");
        }
    }

    /// A value that a filter looks at brings what is around it, or takes it away.
    @Test
    void whatComesIntoTheSelectionIsCreatedAndWhatLeavesItIsDeleted() throws Exception {
        try (var listener = Client.admin(box);
                var writer = Client.admin(box)) {
            add(writer, "alice", "<type>guest</type><full-name>Alice</full-name>");
            add(writer, "bob", "<type>guest</type>");
            var admins =
                    "<top xmlns=\"urn:example:people\"><users><user><type>admin</type><full-name/><name/></user></users></top>";
            listener.ok(
                    push(
                            "running",
                            admins,
                            "<yp:on-change><yp:sync-on-start>false</yp:sync-on-start></yp:on-change>"));
            add(writer, "bob", "<full-name>Bob</full-name>");
            add(writer, "alice", "<type>admin</type>");
            assertThat(listener.receive())
                    .contains("<operation>create</operation>")
                    .contains("<full-name>Alice</full-name>")
                    .doesNotContain("Bob");
            add(writer, "alice", "<type>guest</type>");
            assertThat(listener.receive()).contains("<operation>delete</operation>");
        }
    }

    @Test
    void leavesOutTheKindsOfChangeThatAreExcluded() throws Exception {
        try (var listener = Client.admin(box);
                var writer = Client.admin(box)) {
            listener.ok(
                    push(
                            "running",
                            "",
                            "<yp:on-change><yp:sync-on-start>false</yp:sync-on-start>"
                                    + "<yp:excluded-change>create</yp:excluded-change>"
                                    + "<yp:excluded-change>replace</yp:excluded-change></yp:on-change>"));
            add(writer, "alice", "<type>guest</type>");
            add(writer, "alice", "<type>admin</type>");
            writer.ok(
                    writer.edit(
                            "running",
                            "<top xmlns=\"urn:example:people\" nc:operation=\"delete\"/>"));
            assertThat(listener.receive())
                    .contains("<operation>delete</operation>")
                    .doesNotContain("<operation>create</operation>");
        }
    }

    @Test
    void pushesAgainAndAgain() throws Exception {
        try (var listener = Client.admin(box);
                var writer = Client.admin(box)) {
            add(writer, "alice", "");
            listener.ok(
                    push(
                            "running",
                            "<top xmlns=\"urn:example:people\"/>",
                            "<yp:periodic><yp:period>10</yp:period></yp:periodic>"));
            for (int i = 0; i < 3; i++) {
                assertThat(listener.receive()).contains("<push-update", "<name>alice</name>");
            }
        }
    }

    @Test
    void expressionsChooseEventsAndData() throws Exception {
        try (var listener = Client.admin(box);
                var writer = Client.admin(box)) {
            listener.ok(
                    establish(
                            "<stream>NETCONF</stream><stream-xpath-filter"
                                    + " xmlns:n=\"urn:ietf:params:xml:ns:yang:ietf-netconf-notifications\">"
                                    + "/n:netconf-config-change/n:edit[n:operation='delete']"
                                    + "</stream-xpath-filter>"));
            listener.ok(
                    push(
                            "running",
                            "",
                            "<yp:datastore-xpath-filter>/example-people:top/example-people:users/"
                                    + "example-people:user[example-people:type='admin']"
                                    + "</yp:datastore-xpath-filter>"
                                    + "<yp:periodic><yp:period>10</yp:period></yp:periodic>"));
            add(writer, "alice", "<type>guest</type>");
            add(writer, "bob", "<type>admin</type>");
            assertThat(next(listener, "<user>"))
                    .contains("push-update", "<name>bob</name>")
                    .doesNotContain("alice");
            writer.ok(
                    writer.edit(
                            "running",
                            "<top xmlns=\"urn:example:people\" nc:operation=\"delete\"/>"));
            assertThat(next(listener, "netconf-config-change"))
                    .contains("<operation>delete</operation>");
            assertThat(
                            listener.rpc(
                                    establish(
                                            "<stream>NETCONF</stream><stream-xpath-filter>a[</stream-xpath-filter>")))
                    .contains("ietf-subscribed-notifications:filter-unsupported");
        }
    }

    private static String filters(String content) {
        return "<filters xmlns=\"%s\" xmlns:yp=\"%s\">%s</filters>"
                .formatted(Names.SUBSCRIBED, Names.PUSH, content);
    }

    /// RFC 8639 §2.2, §2.7.2, §2.7.3.
    @Test
    void aStreamsFilterMayBeConfiguredAndIsFollowed() throws Exception {
        var changes =
                "<stream-filter><name>changes</name><stream-subtree-filter><netconf-config-change"
                        + " xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-notifications\"><edit><operation>%s"
                        + "</operation></edit></netconf-config-change></stream-subtree-filter></stream-filter>";
        try (var listener = Client.admin(box);
                var writer = Client.admin(box)) {
            assertThat(
                            listener.rpc(
                                    establish(
                                            "<stream>NETCONF</stream><stream-filter-name>changes</stream-filter-name>")))
                    .contains("invalid-value", "there is no stream-filter");
            writer.ok(writer.edit("running", filters(changes.formatted("delete"))));
            long id =
                    id(
                            listener.ok(
                                    establish(
                                            "<stream>NETCONF</stream><stream-filter-name>changes</stream-filter-name>")));
            add(writer, "alice", "");
            writer.ok(
                    writer.edit(
                            "running",
                            "<top xmlns=\"urn:example:people\" nc:operation=\"delete\"/>"));
            assertThat(listener.receive()).contains("<operation>delete</operation>");

            writer.ok(writer.edit("running", filters(changes.formatted("create"))));
            assertThat(next(listener, "subscription-modified"))
                    .contains("<id>" + id + "</id>", "<stream>NETCONF</stream>")
                    .contains("<stream-filter-name>changes</stream-filter-name>");
            add(writer, "bob", "");
            assertThat(next(listener, "netconf-config-change"))
                    .contains("<operation>create</operation>");

            writer.ok(
                    writer.edit(
                            "running",
                            filters(
                                    "<stream-filter nc:operation=\"delete\"><name>changes</name></stream-filter>")));
            assertThat(next(listener, "subscription-terminated"))
                    .contains("<id>" + id + "</id><reason>filter-unavailable</reason>");
        }
    }

    @Test
    void aSelectionMayBeConfiguredAndIsFollowed() throws Exception {
        var admins =
                "<yp:selection-filter><yp:filter-id>some</yp:filter-id><yp:datastore-xpath-filter"
                        + " xmlns:p=\"urn:example:people\">/p:top/p:users/p:user[p:type='%s']"
                        + "</yp:datastore-xpath-filter></yp:selection-filter>";
        try (var listener = Client.admin(box);
                var writer = Client.admin(box)) {
            writer.ok(writer.edit("running", filters(admins.formatted("admin"))));
            listener.ok(
                    push(
                            "running",
                            "",
                            "<yp:selection-filter-ref>some</yp:selection-filter-ref>"
                                    + "<yp:on-change/>"));
            assertThat(next(listener, "push-update")).doesNotContain("alice");
            add(writer, "alice", "<type>guest</type>");
            add(writer, "bob", "<type>admin</type>");
            assertThat(next(listener, "push-change-update"))
                    .contains("<name>bob</name>")
                    .doesNotContain("alice");

            writer.ok(writer.edit("running", filters(admins.formatted("guest"))));
            assertThat(next(listener, "subscription-modified"))
                    .contains("selection-filter-ref", ">some<", "on-change");
            assertThat(next(listener, "push-update"))
                    .contains("<name>alice</name>")
                    .doesNotContain("bob");
        }
    }

    /// What a value elsewhere decides is told as well.
    @Test
    void changesMayBeChosenByAnExpression() throws Exception {
        try (var listener = Client.admin(box);
                var writer = Client.admin(box)) {
            add(writer, "alice", "<type>guest</type>");
            listener.ok(
                    push(
                            "running",
                            "",
                            "<yp:datastore-xpath-filter xmlns:p=\"urn:example:people\">"
                                    + "//p:user[p:name='alice'][//p:user[p:name='bob']/p:type='admin']/p:type"
                                    + "</yp:datastore-xpath-filter><yp:on-change/>"));
            assertThat(next(listener, "push-update")).doesNotContain("alice");
            add(writer, "bob", "<type>admin</type>");
            assertThat(next(listener, "push-change-update"))
                    .contains("<operation>create</operation>", "alice")
                    .doesNotContain("bob");
            add(writer, "alice", "<type>admin</type>");
            assertThat(next(listener, "push-change-update"))
                    .contains("<operation>replace</operation>", "admin");
            add(writer, "carol", "<type>admin</type>");
            add(writer, "bob", "<type>guest</type>");
            assertThat(next(listener, "push-change-update"))
                    .contains("<operation>delete</operation>")
                    .doesNotContain("carol");
        }
    }

    @Test
    void periodsAreCountedFromTheirAnchor() {
        var anchor = Instant.parse("2026-01-01T00:00:00Z");
        var minute = Duration.ofMinutes(1);
        assertThat(
                        PushSource.Periodic.following(
                                anchor, minute, Instant.parse("2026-01-01T10:20:30Z")))
                .isEqualTo("2026-01-01T10:21:00Z");
        assertThat(
                        PushSource.Periodic.following(
                                anchor, minute, Instant.parse("2025-12-31T23:59:10Z")))
                .isEqualTo("2026-01-01T00:00:00Z");
    }

    @Test
    void refusesWithTheIdentitiesOfTheRfcs() throws Exception {
        try (var client = Client.admin(box)) {
            assertThat(client.rpc(push("startup", "", "<yp:on-change/>")))
                    .contains("ietf-yang-push:datastore-not-subscribable", "invalid-value");
            assertThat(client.rpc(push("candidate", "", "<yp:on-change/>")))
                    .contains("ietf-yang-push:on-change-unsupported", "operation-not-supported");
            assertThat(
                            client.rpc(
                                    push(
                                            "running",
                                            "",
                                            "<yp:periodic><yp:period>1</yp:period></yp:periodic>")))
                    .contains("ietf-yang-push:period-unsupported")
                    .contains("<period-hint>10</period-hint>");
            assertThat(client.rpc(push("running", "<none xmlns=\"urn:none\"/>", "<yp:on-change/>")))
                    .contains("ietf-yang-push:unchanging-selection", "operation-failed");
            assertThat(
                            client.rpc(
                                    establish(
                                            "<stream>NETCONF</stream><encoding>encode-json</encoding>")))
                    .contains("ietf-subscribed-notifications:encoding-unsupported");
            assertThat(client.rpc(byId("modify-subscription", 77)))
                    .contains("ietf-subscribed-notifications:no-such-subscription");
            assertThat(
                            client.rpc(
                                    "<resync-subscription xmlns=\"%s\"><id>7</id></resync-subscription>"
                                            .formatted(Names.PUSH)))
                    .contains("ietf-yang-push:no-such-subscription-resync");
            assertThat(client.refused(establish("<stream>sports</stream>")))
                    .isEqualTo("invalid-value");
            assertThat(client.refused(establish("<stream>NETCONF</stream><dscp>4</dscp>")))
                    .isEqualTo("unknown-element");
            assertThat(client.refused(establish(""))).isEqualTo("missing-element");
        }
    }

    @Test
    void thereAreNoMoreSubscriptionsThanIsConfigured() throws Exception {
        try (var client = Client.admin(box)) {
            client.ok(
                    client.edit(
                            "running",
                            "<events xmlns=\"%s\"><subscriptions><maximum>1</maximum></subscriptions></events>"
                                    .formatted(Names.EVENTS)));
            // The limit follows the commit on a thread of its own.
            while (!client.rpc(establish("<stream>NETCONF</stream>"))
                    .contains("ietf-subscribed-notifications:insufficient-resources")) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void theOlderAndTheNewerKindDoNotMixInASession() throws Exception {
        try (var client = Client.admin(box);
                var other = Client.admin(box)) {
            client.ok(establish("<stream>NETCONF</stream>"));
            assertThat(
                            client.refused(
                                    "<create-subscription xmlns=\"%s\"/>"
                                            .formatted(Names.NOTIFICATION)))
                    .isEqualTo("operation-not-supported");
            other.ok("<create-subscription xmlns=\"%s\"/>".formatted(Names.NOTIFICATION));
            assertThat(other.refused(establish("<stream>NETCONF</stream>")))
                    .isEqualTo("operation-not-supported");
        }
    }
}
