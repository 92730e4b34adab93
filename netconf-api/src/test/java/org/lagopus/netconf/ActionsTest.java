package org.lagopus.netconf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.model.api.stmt.SchemaNodeIdentifier.Absolute;

/// Actions of a test module, with a handler that says what it was asked.
@Tag("R12")
@Timeout(60)
class ActionsTest {
    private static final QName INTERFACES =
            QName.create("urn:example:network", "2026-02-02", "interfaces");
    private static final Absolute RESET =
            Absolute.of(
                    INTERFACES,
                    QName.create(INTERFACES, "interface"),
                    QName.create(INTERFACES, "reset"));
    private static final Absolute FLUSH =
            Absolute.of(INTERFACES, QName.create(INTERFACES, "flush"));

    @TempDir Path directory;
    private Box box;
    private Client client;

    @BeforeEach
    void start() throws Exception {
        box = Box.at(directory);
        client = Client.admin(box);
        var done = NodeIdentifier.create(QName.create(INTERFACES, "done"));
        var output = NodeIdentifier.create(QName.create(INTERFACES, "output"));
        box.datastore
                .operations()
                .register(
                        RESET,
                        (on, input, by) -> {
                            var delay = input.body().iterator().next().body();
                            var text =
                                    "%s in %s by %s"
                                            .formatted(Fixture.MODEL.format(on), delay, by.user());
                            return Optional.of(
                                    ImmutableNodes.newContainerBuilder()
                                            .withNodeIdentifier(output)
                                            .withChild(ImmutableNodes.leafNode(done, text))
                                            .build());
                        });
        box.datastore.operations().register(FLUSH, (_, _, _) -> Optional.empty());
        client.ok(
                client.edit(
                        "running",
                        "<interfaces"
                                + " xmlns=\"urn:example:network\"><interface><name>eth0</name></interface></interfaces>"));
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        box.close();
    }

    private static String action(String content) {
        return "<action xmlns=\"%s\"><interfaces xmlns=\"urn:example:network\">%s</interfaces></action>"
                .formatted(Names.YANG, content);
    }

    @Test
    void carriesOutAnActionOfAnEntry() throws Exception {
        var reply =
                client.ok(
                        action(
                                "<interface><name>eth0</name><reset><delay>5</delay></reset></interface>"));

        assertThat(reply)
                .contains(
                        "<done"
                                + " xmlns=\"urn:example:network\">/example-network:interfaces/interface[name='eth0']"
                                + " in 5 by admin</done>");
    }

    @Test
    void anActionOfAContainerThatExistsByItselfNeedsNoData() throws Exception {
        assertThat(client.ok(action("<flush/>"))).contains("<ok/>");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "data-missing |"
                        + " <interface><name>eth9</name><reset><delay>5</delay></reset></interface> | ",
                "missing-element | <interface><reset><delay>5</delay></reset></interface> | name",
                "missing-element | <interface><name>eth0</name><reset/></interface> | delay",
                "missing-element | <interface><name>eth0</name></interface> | interface",
                "invalid-value |"
                        + " <interface><name>eth0</name><reset><delay>x</delay></reset></interface> |"
                        + " delay",
                "unknown-element | <interface><name>eth0</name><mtu>5</mtu></interface> | mtu",
                "unknown-element | <nothing/> | nothing",
                "unknown-attribute | <flush x='1'/> | flush",
                "bad-element | <flush/><flush/> | flush",
                "operation-not-supported | <unwilling/> | ",
            })
    void refuses(String tag, String content, @Nullable String element) throws Exception {
        var refusal = client.rpc(action(content));

        assertThat(Client.tag(refusal)).isEqualTo(tag);
        if (element != null) {
            assertThat(refusal).contains("<bad-element>" + element + "</bad-element>");
        }
        client.ok(action("<flush/>"));
    }

    @Test
    void aSecondHandlerIsRefusedUntilTheFirstHasGone() {
        var operations = box.datastore.operations();

        assertThat(operations.isRegistered(FLUSH)).isTrue();
        assertThatIllegalStateException()
                .isThrownBy(() -> operations.register(FLUSH, (_, _, _) -> Optional.empty()));
    }
}
