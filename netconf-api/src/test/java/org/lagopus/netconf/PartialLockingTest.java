package org.lagopus.netconf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Locks on parts of running (RFC 5717), asked for by real clients.
@Tag("R17")
@Timeout(60)
class PartialLockingTest {
    private static final String NETWORK = "urn:example:network";

    @TempDir Path directory;
    private Box box;
    private Client client;
    private Client other;

    @BeforeEach
    void start() throws Exception {
        box = Box.at(directory);
        client = Client.admin(box);
        other = Client.admin(box);
        client.ok(client.edit("running", mtu("eth0", 1500) + mtu("eth1", 9000)));
    }

    @AfterEach
    void stop() throws Exception {
        other.close();
        client.close();
        box.close();
    }

    private static String mtu(String name, int mtu) {
        return "<interfaces xmlns=\"%s\"><interface><name>%s</name><mtu>%d</mtu></interface></interfaces>"
                .formatted(NETWORK, name, mtu);
    }

    private static String lock(String select) {
        return "<partial-lock xmlns=\"%s\" xmlns:x=\"%s\"><select>%s</select></partial-lock>"
                .formatted(Names.PARTIAL_LOCK, NETWORK, select);
    }

    private static String unlock(String id) {
        return "<partial-unlock xmlns=\"%s\"><lock-id>%s</lock-id></partial-unlock>"
                .formatted(Names.PARTIAL_LOCK, id);
    }

    @Test
    void locksWhatAnExpressionChooses() throws Exception {
        assertThat(client.hello()).contains(":partial-lock:1.0<");
        var reply = client.ok(lock("/x:interfaces/x:interface[x:mtu &gt; 2000]"));
        assertThat(reply).contains("[").contains("'eth1'").doesNotContain("eth0");
        other.ok(other.edit("running", mtu("eth0", 1400)));
        var refusal = other.rpc(other.edit("running", mtu("eth1", 1400)));
        assertThat(Client.tag(refusal)).isEqualTo("in-use");
        assertThat(refusal).contains("session " + client.session() + " of admin");
        client.ok(client.edit("running", mtu("eth1", 8000)));
        var denied = other.rpc(lock("/x:interfaces/x:interface[x:name='eth1']/x:mtu"));
        assertThat(Client.tag(denied)).isEqualTo("lock-denied");
        assertThat(denied).contains("<session-id>" + client.session() + "</session-id>");
        var id = Pattern.compile("lock-id[^>]*>(\\d+)<").matcher(reply);
        assertThat(id.find()).isTrue();
        assertThat(other.refused(unlock(id.group(1)))).isEqualTo("invalid-value");
        client.ok(unlock(id.group(1)));
        other.ok(other.edit("running", mtu("eth1", 1400)));
    }

    @Test
    void saysWhatIsWrongWithAnExpression() throws Exception {
        assertThat(client.rpc(lock("/x:interfaces/x:interface[x:mtu = 3]")))
                .contains("operation-failed", "<error-app-tag>no-matches<");
        assertThat(client.rpc(lock("count(/x:interfaces/x:interface)")))
                .contains("invalid-value", "<error-app-tag>not-a-node-set<");
        assertThat(client.rpc(lock("/y:interfaces")))
                .contains("invalid-value", "<error-app-tag>invalid-lock-specification<");
        assertThat(client.rpc(lock("/x:[")))
                .contains("invalid-value", "<error-app-tag>invalid-lock-specification<");
    }

    @Test
    void tellsOfItsLocksAsState() throws Exception {
        client.ok(lock("/x:interfaces/x:interface[x:name='eth1']"));
        var state =
                "<get><filter><netconf-state xmlns=\"%s\"><datastores/></netconf-state></filter></get>"
                        .formatted(Names.MONITORING);
        long deadline = System.nanoTime() + Client.PATIENCE.toNanos();
        while (!client.ok(state).contains("<partial-lock>")) {
            assertThat(System.nanoTime()).as("waited in vain").isLessThan(deadline);
            Thread.sleep(20);
        }
        assertThat(client.ok(state))
                .contains(
                        "<locked-by-session>" + client.session() + "<",
                        ">/example-network:interfaces/example-network:interface[example-network:name='eth1']</select>",
                        "locked-node");
    }
}
