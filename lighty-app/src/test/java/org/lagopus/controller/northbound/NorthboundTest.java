package org.lagopus.controller.northbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.time.Clock;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lagopus.controller.JsonData;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.ModelSources;
import org.lagopus.datastore.Participant;
import org.lagopus.datastore.Transaction;
import org.lagopus.datastore.Users;
import org.lagopus.netconf.Settings;
import org.lagopus.restconf.RestconfServer;
import org.lagopus.yang.FirstModuleSet;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// Listeners change with commits, and only with those that succeed.
@Tag("R34")
@Timeout(60)
class NorthboundTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    private static Model model;

    @TempDir Path directory;

    private Datastore datastore;
    private Northbound northbound;

    private static final class Nobody implements Users {
        @Override
        public boolean password(String user, String password) {
            return false;
        }

        @Override
        public boolean key(String user, PublicKey key) {
            return false;
        }
    }

    @BeforeAll
    static void loadsTheModel() throws Exception {
        model =
                Model.load(
                        new ModelSources(
                                FirstModuleSet.IMPLEMENTED, List.of(), FirstModuleSet.FEATURES));
    }

    @BeforeEach
    void starts() throws Exception {
        start();
    }

    private void start() throws Exception {
        datastore = Datastore.open(model, directory.resolve("state"), Clock.systemUTC());
        var bootstrap =
                new Northbound.Bootstrap(
                        Optional.of(new InetSocketAddress(HERE, 0)), Optional.empty(), directory);
        northbound = Northbound.start(bootstrap, datastore, new Nobody());
    }

    @AfterEach
    void stops() throws Exception {
        northbound.close();
        datastore.close();
    }

    private InetSocketAddress first() {
        var at = northbound.address("netconf").orElseThrow();
        return new InetSocketAddress(HERE, Integer.parseInt(at.substring(at.lastIndexOf(':') + 1)));
    }

    private static InetSocketAddress free() throws IOException {
        try (var probe = new ServerSocket(0, 1, HERE)) {
            return new InetSocketAddress(HERE, probe.getLocalPort());
        }
    }

    /// A connection on which SSH has begun.
    private static Socket greeted(InetSocketAddress at) throws IOException {
        var socket = new Socket();
        socket.setSoTimeout(10_000);
        socket.connect(at, 10_000);
        var hello = new String(socket.getInputStream().readNBytes(15), StandardCharsets.US_ASCII);
        assertThat(hello).isEqualTo("SSH-2.0-lagopus");
        return socket;
    }

    /// Whether SSH answers on a connection that has begun it.
    private static boolean goesOn(Socket socket) throws IOException {
        socket.getOutputStream().write("SSH-2.0-test\r\n".getBytes(StandardCharsets.US_ASCII));
        return socket.getInputStream().readNBytes(100).length == 100;
    }

    private static boolean listens(InetSocketAddress at) {
        try (var probe = new Socket()) {
            probe.connect(at, 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /// Whether nobody holds the address.
    private static boolean isFree(InetSocketAddress at) {
        try (var _ = new ServerSocket(at.getPort(), 1, at.getAddress())) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static void eventually(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 200 && !condition.getAsBoolean(); i++) {
            Thread.sleep(50);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    private static Map<String, Object> endpoint(String name, InetSocketAddress at, String... keys) {
        var config =
                Map.of(
                        "name",
                        name,
                        "address",
                        at.getAddress().getHostAddress(),
                        "port",
                        at.getPort());
        return Map.of(
                "name",
                name,
                "config",
                config,
                "ssh",
                Map.of("config", keys.length == 0 ? Map.of() : Map.of("host-key", keys)));
    }

    private Edit netconf(Map<String, Object> content) throws IOException {
        var node =
                JsonData.container(
                        model,
                        JSON.writeValueAsString(
                                Map.of(
                                        "lagopus-northbound:northbound",
                                        Map.of("netconf", content))));
        return Edit.replace(YangInstanceIdentifier.of(node.name()), node);
    }

    private void listen(List<Map<String, Object>> endpoints) throws Exception {
        datastore.edit(
                Face.RUNNING,
                List.of(netconf(Map.of("endpoints", Map.of("endpoint", endpoints)))),
                Actor.SYSTEM);
    }

    private Edit key(String name, KeyPair pair, PublicKey shown) throws IOException {
        var entry =
                Map.of(
                        "name",
                        name,
                        "public-key-format",
                        "ietf-crypto-types:subject-public-key-info-format",
                        "public-key",
                        Base64.getEncoder().encodeToString(shown.getEncoded()),
                        "private-key-format",
                        "ietf-crypto-types:one-asymmetric-key-format",
                        "cleartext-private-key",
                        Base64.getEncoder().encodeToString(pair.getPrivate().getEncoded()));
        var node =
                JsonData.container(
                        model,
                        JSON.writeValueAsString(
                                Map.of(
                                        "ietf-keystore:keystore",
                                        Map.of(
                                                "asymmetric-keys",
                                                Map.of("asymmetric-key", List.of(entry))))));
        return Edit.replace(YangInstanceIdentifier.of(node.name()), node);
    }

    private static KeyPair pair(String algorithm) throws Exception {
        return KeyPairGenerator.getInstance(algorithm).generateKeyPair();
    }

    private String alarm(String id) {
        var path =
                model.parse(
                        "/openconfig-system:system/alarms/alarm[id='%s']/state/text".formatted(id));
        return datastore.operational().readNode(path).map(n -> n.body().toString()).orElse("");
    }

    private boolean listening(String name) {
        var path =
                model.parse(
                        "/lagopus-northbound:northbound/netconf/endpoints/endpoint[name='%s']/state/listening"
                                .formatted(name));
        return datastore
                .operational()
                .readNode(path)
                .map(leaf -> Boolean.TRUE.equals(leaf.body()))
                .orElse(false);
    }

    @Test
    void listensWhereTheCommandLineSaysUntilAnEndpointIsConfigured() throws Exception {
        var before = first();
        var after = free();
        try (var session = greeted(before)) {
            listen(List.of(endpoint("a", after)));

            greeted(after).close();
            eventually(() -> !listens(before));
            assertThat(goesOn(session)).as("a session of the old listener").isTrue();
            eventually(() -> listening("a"));
        }

        listen(List.of());
        assertThat(first()).isEqualTo(before);
        greeted(before).close();
        eventually(() -> isFree(after));
    }

    @Test
    void severalEndpointsListenAndOneThatIsDisabledDoesNot() throws Exception {
        var one = free();
        var two = free();
        var off = free();
        var disabled =
                Map.of(
                        "name",
                        "off",
                        "config",
                        Map.of(
                                "name",
                                "off",
                                "enabled",
                                false,
                                "address",
                                "127.0.0.1",
                                "port",
                                off.getPort()));
        listen(List.of(endpoint("one", one), endpoint("two", two), disabled));

        greeted(one).close();
        greeted(two).close();
        assertThat(isFree(off)).isTrue();
    }

    @Test
    void anAddressThatIsTakenRefusesTheCommitAndLeavesEverythingAsItWas() throws Exception {
        var before = first();
        var good = free();
        try (var other = new ServerSocket(0, 1, HERE)) {
            var taken = new InetSocketAddress(HERE, other.getLocalPort());

            assertThatThrownBy(() -> listen(List.of(endpoint("a", good), endpoint("b", taken))))
                    .asInstanceOf(type(DatastoreException.class))
                    .satisfies(e -> {
                        var error = e.errors().getFirst();
                        assertThat(error.message()).contains("Address already in use");
                        assertThat(model.format(Objects.requireNonNull(error.path())))
                                .isEqualTo(
                                        "/lagopus-northbound:northbound/netconf/endpoints/endpoint[name='b']");
                    });
        }
        assertThat(isFree(good)).isTrue();
        greeted(before).close();
    }

    @Test
    void twoEndpointsCannotHaveTheSameAddress() throws Exception {
        var at = free();

        assertThatThrownBy(() -> listen(List.of(endpoint("a", at), endpoint("b", at))))
                .hasMessageContaining("has the same address");
        assertThat(isFree(at)).isTrue();
    }

    @Test
    void bindsWhileItIsPreparedAndForgetsItWhenAnotherRefuses() throws Exception {
        var at = free();
        var other = new Other();
        other.preparing =
                () -> {
                    assertThat(isFree(at)).isFalse();
                    return List.of(DataError.of(ErrorTag.OPERATION_FAILED, "not with me"));
                };
        datastore.attach(other);

        assertThatThrownBy(() -> listen(List.of(endpoint("a", at))))
                .hasMessageContaining("not with me");

        eventually(() -> isFree(at));
        greeted(first()).close();
    }

    @Test
    void aCheckBindsAndLeavesNothingBound() throws Exception {
        var at = free();
        datastore.edit(
                Face.CANDIDATE,
                List.of(
                        netconf(
                                Map.of(
                                        "endpoints",
                                        Map.of("endpoint", List.of(endpoint("a", at)))))),
                Actor.SYSTEM);

        datastore.validate(Face.CANDIDATE, Actor.SYSTEM);

        eventually(() -> isFree(at));
        greeted(first()).close();
    }

    @Test
    void goesBackWhenAnotherFailsToApply() throws Exception {
        var kept = free();
        var at = free();
        listen(List.of(endpoint("a", kept)));
        var other = new Other();
        other.committing = () -> List.of(DataError.of(ErrorTag.OPERATION_FAILED, "it broke"));
        datastore.attach(other);

        assertThatThrownBy(() -> listen(List.of(endpoint("b", at))))
                .hasMessageContaining("it broke");

        greeted(kept).close();
        eventually(() -> isFree(at));
        eventually(() -> listening("a") && !listening("b"));
    }

    @Test
    void aWildcardTakesThePlaceOfAnAddressAndBack() throws Exception {
        var at = free();
        listen(List.of(endpoint("a", at)));
        var everywhere = new InetSocketAddress("0.0.0.0", at.getPort());
        try (var session = greeted(at)) {
            listen(List.of(endpoint("a", everywhere)));
            greeted(at).close();

            listen(List.of(endpoint("a", at)));
            greeted(at).close();
            assertThat(goesOn(session)).isTrue();
        }
    }

    @Test
    void aHostKeyIsReplacedWhileThePortListens() throws Exception {
        var at = free();
        var pair = pair("EC");
        datastore.edit(
                Face.RUNNING,
                List.of(
                        key("k", pair, pair.getPublic()),
                        netconf(
                                Map.of(
                                        "endpoints",
                                        Map.of("endpoint", List.of(endpoint("a", at, "k")))))),
                Actor.SYSTEM);
        try (var session = greeted(at)) {
            var next = pair("EC");
            datastore.edit(Face.RUNNING, List.of(key("k", next, next.getPublic())), Actor.SYSTEM);

            greeted(at).close();
            assertThat(goesOn(session)).isTrue();
        }
    }

    @Test
    void aKeyThatCannotBeUsedRefusesTheCommit() throws Exception {
        var at = free();
        var endpoint =
                netconf(Map.of("endpoints", Map.of("endpoint", List.of(endpoint("a", at, "k")))));

        var strange = key("k", pair("EC"), pair("EC").getPublic());
        assertThatThrownBy(() ->
                        datastore.edit(Face.RUNNING, List.of(strange, endpoint), Actor.SYSTEM))
                .hasMessageContaining("the public key of k is not that of its private key");
        assertThat(isFree(at)).isTrue();
    }

    @Test
    void comesUpWithoutAListenerThatCannotBeHadAndTriesAgain() throws Exception {
        var one = free();
        var two = free();
        listen(List.of(endpoint("one", one), endpoint("two", two)));
        northbound.close();
        datastore.close();
        try (var _ = new ServerSocket(one.getPort(), 1, HERE)) {
            start();
            greeted(two).close();
            eventually(() -> listening("two"));
            assertThat(listening("one")).isFalse();
            eventually(() -> alarm("listener-netconf-one").contains("the address cannot be had"));
            assertThat(alarm("listener-netconf-two")).isEmpty();
            // What was amiss before does not stand in the way of other changes.
            listen(List.of(endpoint("one", one)));
        }
        eventually(() -> listening("one"));
        eventually(() -> alarm("listener-netconf-one").isEmpty());
        greeted(one).close();
    }

    @Test
    void theDefaultsOfTheModelAreThoseOfTheServer() {
        var roots = Roots.of(model, datastore.read(Face.RUNNING));

        assertThat(Reader.settings(roots.northbound().in("netconf").in("config")))
                .isEqualTo(Settings.usual());
        var web = RestconfServer.Settings.of(URI.create("https://localhost:0"), directory);
        assertThat(Reader.limits(roots.northbound().in("restconf").in("config")))
                .isEqualTo(new Plan.WebLimits(web.maxBody(), web.bodyTime(), web.idleTime()));
    }

    /// Another participant, which is asked about the same.
    private static final class Other implements Participant {
        Supplier<List<DataError>> preparing = List::of;
        Supplier<List<DataError>> committing = List::of;

        @Override
        public String name() {
            return "other";
        }

        @Override
        public int faces() {
            return 2;
        }

        @Override
        public boolean required() {
            return true;
        }

        @Override
        public Collection<YangInstanceIdentifier> subscriptions() {
            return List.of(YangInstanceIdentifier.of());
        }

        /// Not before the servers, which have been asked by then, have had time to bind.
        @Override
        public CompletionStage<List<DataError>> prepare(Transaction transaction) {
            return CompletableFuture.supplyAsync(
                    preparing, CompletableFuture.delayedExecutor(300, TimeUnit.MILLISECONDS));
        }

        @Override
        public CompletionStage<List<DataError>> commit(Transaction transaction) {
            return CompletableFuture.completedFuture(committing.get());
        }

        @Override
        public CompletionStage<List<DataError>> abort(Transaction transaction) {
            return CompletableFuture.completedFuture(List.of());
        }
    }
}
