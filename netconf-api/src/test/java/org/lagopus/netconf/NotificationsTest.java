package org.lagopus.netconf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Subscriptions of RFC 5277, as a client sees them.
@Tag("R16")
@Timeout(60)
class NotificationsTest {
    private static final String PEOPLE =
            "<top xmlns=\"urn:example:people\"><users><user><name>%s</name></user></users></top>";

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

    private static String subscribe(String parameters) {
        return "<create-subscription xmlns=\"%s\">%s</create-subscription>"
                .formatted(Names.NOTIFICATION, parameters);
    }

    private static void add(Client client, String name) throws IOException {
        client.ok(client.edit("running", PEOPLE.formatted(name)));
    }

    /// The next notification with this in it; those before are let go.
    private static String next(Client client, String part) throws IOException {
        while (true) {
            var message = client.receive();
            if (message.contains(part)) {
                assertThat(message)
                        .contains("<notification xmlns=\"" + Names.NOTIFICATION + "\"><eventTime>");
                return message;
            }
        }
    }

    @Test
    void offersWhatItCanDo() throws Exception {
        try (var client = Client.admin(box)) {
            assertThat(client.hello())
                    .contains(
                            "urn:ietf:params:netconf:capability:notification:1.0",
                            "urn:ietf:params:netconf:capability:interleave:1.0");
            // It is written by a thread of its own.
            String streams;
            do {
                streams =
                        client.ok(
                                "<get><filter><netconf xmlns=\"%s\"/></filter></get>"
                                        .formatted(Names.NOTIFICATION_STATE));
            } while (!streams.contains("<stream><name>NETCONF</name>"));
            assertThat(streams)
                    .contains("<description>All events of the box</description>")
                    .contains("<replaySupport>true</replaySupport>")
                    .contains("<replayLogCreationTime>");
        }
    }

    @Test
    void tellsOneSessionWhatAnotherHasChanged() throws Exception {
        try (var listener = Client.admin(box);
                var writer = Client.admin(box)) {
            listener.ok(subscribe(""));
            add(writer, "alice");

            assertThat(next(listener, "netconf-config-change"))
                    .contains("<username>admin</username>")
                    .contains("<session-id>" + writer.session() + "</session-id>")
                    .containsPattern(
                            "<target xmlns:(\\w+)=\"urn:example:people\">/\\1:top</target>")
                    .contains("<operation>create</operation>");
        }
    }

    @Test
    void answersRequestsBetweenTwoNotifications() throws Exception {
        try (var client = Client.admin(box)) {
            client.ok(subscribe(""));
            client.send(
                    "<rpc xmlns=\"%s\" message-id=\"1\">%s</rpc>"
                            .formatted(Names.BASE, client.edit("running", PEOPLE.formatted("a"))));
            client.send("<rpc xmlns=\"%s\" message-id=\"2\"><get/></rpc>".formatted(Names.BASE));
            int replies = 0;
            int changes = 0;
            while (replies < 2 || changes < 1) {
                var message = client.receive();
                replies += message.contains("<rpc-reply") ? 1 : 0;
                changes += message.contains("<netconf-config-change") ? 1 : 0;
                assertThat(message)
                        .satisfiesAnyOf(
                                m -> assertThat(m).endsWith("</rpc-reply>"),
                                m -> assertThat(m).endsWith("</notification>"));
            }
        }
    }

    @Test
    void tellsOfSessionsAndWhyTheyEnd() throws Exception {
        try (var listener = Client.admin(box);
                var killer = Client.admin(box)) {
            listener.ok(subscribe(""));
            var victim = Client.admin(box);
            assertThat(next(listener, "<session-id>" + victim.session() + "</session-id>"))
                    .contains("netconf-session-start")
                    .contains("<source-host>127.0.0.1</source-host>");
            killer.ok(
                    "<kill-session><session-id>%d</session-id></kill-session>"
                            .formatted(victim.session()));
            assertThat(next(listener, "netconf-session-end"))
                    .contains("<killed-by>" + killer.session() + "</killed-by>")
                    .contains("<termination-reason>killed</termination-reason>");
            victim.close();

            var closing = Client.admin(box);
            closing.ok("<close-session/>");
            closing.close();
            assertThat(next(listener, "netconf-session-end"))
                    .contains("<termination-reason>closed</termination-reason>");

            Client.admin(box).close();
            assertThat(next(listener, "netconf-session-end"))
                    .contains("<termination-reason>dropped</termination-reason>");
        }
    }

    @Test
    void passesOnlyWhatTheFilterTakes() throws Exception {
        try (var listener = Client.admin(box);
                var writer = Client.admin(box)) {
            listener.ok(
                    subscribe(
                            """
                            <filter type="subtree">
                              <netconf-config-change xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-notifications">
                                <edit><operation>delete</operation></edit>
                              </netconf-config-change>
                            </filter>\
                            """));
            add(writer, "alice");
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
    void anExpressionIsAFilterToo() throws Exception {
        try (var listener = Client.admin(box);
                var writer = Client.admin(box)) {
            listener.ok(
                    subscribe(
                            "<filter type=\"xpath\""
                                    + " xmlns:n=\"urn:ietf:params:xml:ns:yang:ietf-netconf-notifications\""
                                    + " select=\"/n:netconf-config-change[n:edit/n:operation='delete']\"/>"));
            add(writer, "alice");
            writer.ok(
                    writer.edit(
                            "running",
                            "<top xmlns=\"urn:example:people\" nc:operation=\"delete\"/>"));
            assertThat(listener.receive()).contains("<operation>delete</operation>");
        }
    }

    @Test
    void replaysWhatWasBeforeTheSession() throws Exception {
        var begin = Instant.now().minusSeconds(1);
        try (var writer = Client.admin(box)) {
            add(writer, "alice");
        }
        try (var client = Client.admin(box)) {
            client.ok(subscribe("<startTime>" + begin + "</startTime>"));
            next(client, "netconf-config-change");
            next(client, "<replayComplete xmlns=\"" + Names.NOTIFICATION_STATE + "\"");
            client.send(
                    "<rpc xmlns=\"%s\" message-id=\"1\">%s</rpc>"
                            .formatted(Names.BASE, client.edit("running", PEOPLE.formatted("b"))));
            next(client, "netconf-config-change");
        }
    }

    @Test
    void endsAtItsStopTimeAndMayBeginAnew() throws Exception {
        var begin = Instant.now().minusSeconds(1);
        try (var client = Client.admin(box)) {
            var now = Instant.now();
            client.ok(
                    subscribe(
                            "<startTime>%s</startTime><stopTime>%s</stopTime>"
                                    .formatted(begin, now)));
            next(client, "<replayComplete");
            next(client, "<notificationComplete");
            while (client.rpc(subscribe("")).contains("rpc-error")) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void refusesAsTheRfcSays() throws Exception {
        var now = Instant.now();
        try (var client = Client.admin(box)) {
            assertThat(client.rpc(subscribe("<stream>sports</stream>")))
                    .contains("<error-tag>invalid-value</error-tag>", "there is no stream");
            assertThat(client.rpc(subscribe("<stopTime>%s</stopTime>".formatted(now))))
                    .contains("missing-element", "<bad-element>startTime</bad-element>");
            assertThat(
                            client.rpc(
                                    subscribe(
                                            "<startTime>%s</startTime><stopTime>%s</stopTime>"
                                                    .formatted(now, now.minusSeconds(9)))))
                    .contains("bad-element", "<bad-element>stopTime</bad-element>");
            assertThat(
                            client.rpc(
                                    subscribe(
                                            "<startTime>%s</startTime>"
                                                    .formatted(now.plusSeconds(900)))))
                    .contains("bad-element", "<bad-element>startTime</bad-element>");
            assertThat(client.refused(subscribe("<startTime>noon</startTime>")))
                    .isEqualTo("invalid-value");
            assertThat(client.refused(subscribe("<colour>red</colour>")))
                    .isEqualTo("unknown-element");
            client.ok(subscribe(""));
            assertThat(client.refused(subscribe(""))).isEqualTo("operation-failed");
        }
    }

    /// The log of the stream is the only queue there is.
    @Test
    void aClientThatIsTooSlowIsToldWhatItMissed() throws Exception {
        try (var writer = Client.admin(box);
                var listener = Client.admin(box)) {
            writer.ok(
                    writer.edit(
                            "running",
                            "<events xmlns=\"%s\"><log><events>5</events></log></events>"
                                    .formatted(Names.EVENTS)));
            listener.ok(subscribe(""));
            // What a session's window takes is soon full, and the listener does not read.
            for (int i = 0; i < 3000; i++) {
                box.datastore
                        .told()
                        .sessionStarted(
                                new org.lagopus.datastore.Actor(i, "x".repeat(2000), "netconf"),
                                null);
            }
            assertThat(next(listener, "<events-missed xmlns=\"" + Names.EVENTS + "\">"))
                    .contains("<stream>NETCONF</stream>");
            add(writer, "alice");
            next(listener, "netconf-config-change");
        }
    }

    @Test
    void oneThatDoesNotReadHoldsUpNobody() throws Exception {
        try (var stalled = Client.admin(box);
                var listener = Client.admin(box);
                var writer = Client.admin(box)) {
            stalled.ok(subscribe(""));
            listener.ok(subscribe(""));
            for (int i = 0; i < 3000; i++) {
                box.datastore
                        .told()
                        .sessionStarted(
                                new org.lagopus.datastore.Actor(i, "x".repeat(2000), "netconf"),
                                null);
                if (i % 100 == 0) {
                    next(listener, "<session-id>" + i + "</session-id>");
                }
            }
            add(writer, "alice");
            next(listener, "netconf-config-change");
        }
    }
}
