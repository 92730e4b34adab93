package org.lagopus.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.ModelSources;
import org.lagopus.datastore.Users;
import org.lagopus.yang.FirstModuleSet;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;

/// Who may log in, by what is configured; and what cannot be configured.
@Tag("R4")
class LoginsTest {
    private static final Actor ADMIN = new Actor(0, "admin", "system");
    private static final Users.From HERE = new Users.From("netconf", "192.0.2.1");
    private static final Users.From THERE = new Users.From("restconf", "192.0.2.2");

    @TempDir Path directory;

    private static Model model;

    private Datastore datastore;
    private Logins logins;
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicBoolean someone = new AtomicBoolean(true);
    private final List<String> audited = new ArrayList<>();

    @BeforeAll
    static void loadsTheModel() throws Exception {
        model =
                Model.load(
                        new ModelSources(
                                FirstModuleSet.IMPLEMENTED, List.of(), FirstModuleSet.FEATURES));
    }

    @BeforeEach
    void starts() throws Exception {
        datastore = Datastore.open(model, directory.resolve("s"), Clock.systemUTC());
        var aaa = new Aaa(model);
        datastore.intake(new Passwords(aaa));
        datastore.attach(new AccountRules(aaa, someone::set));
        datastore.audit(event ->
                audited.add(
                        "%s %s %s %s"
                                .formatted(
                                        event.what(),
                                        event.user(),
                                        event.peer(),
                                        event.verdict())));
        logins =
                new Logins(
                        datastore,
                        aaa,
                        new Accounts(datastore, aaa),
                        new Radius(nanos::get),
                        new Throttle(nanos::get));
    }

    @AfterEach
    void stops() throws Exception {
        datastore.close();
    }

    private void edit(Face face, String aaa) throws DatastoreException {
        var node =
                JsonData.container(
                        model,
                        "{'openconfig-system:system':{'aaa':%s}}"
                                .formatted(aaa)
                                .replace('\'', '"'));
        datastore.edit(
                face, List.of(Edit.merge(YangInstanceIdentifier.of(node.name()), node)), ADMIN);
    }

    private void user(String name, String leaves) throws DatastoreException {
        edit(Face.RUNNING, users(name, leaves));
    }

    private static String users(String name, String leaves) {
        return "{'authentication':{'users':{'user':[{'username':'%s','config':{'username':'%s',%s}}]}}}"
                .formatted(name, name, leaves);
    }

    private String refused(String name, String leaves) {
        var refusal = catchThrowableOfType(DatastoreException.class, () -> user(name, leaves));
        assertThat(refused(refusal)).isNotNull();
        return refused(refusal);
    }

    private String refused(DatastoreException refusal) {
        var error = refusal.errors().getFirst();
        var path = error.path();
        return (path == null ? "" : model.format(path)) + " " + error.message();
    }

    @Test
    void aPasswordInClearIsHashedBeforeAnythingKeepsIt() throws Exception {
        edit(Face.CANDIDATE, users("bob", "'password':'open sesame'"));
        var candidate =
                datastore
                        .read(Face.CANDIDATE)
                        .readNode(YangInstanceIdentifier.of())
                        .orElseThrow()
                        .prettyTree()
                        .toString();
        assertThat(candidate).contains("$6$").doesNotContain("open sesame");
        datastore.commit(ADMIN, null);
        assertThat(logins.password("bob", "open sesame", HERE)).isTrue();

        var leaf =
                model.parse(
                        "/openconfig-system:system/aaa/authentication/users/user[username='bob']/config/password");
        var node = ImmutableNodes.leafNode(leaf.getLastPathArgument().getNodeType(), "another one");
        datastore.edit(Face.RUNNING, List.of(Edit.replace(leaf, node)), ADMIN);
        assertThat(logins.password("bob", "another one", HERE)).isTrue();
        assertThat(logins.password("bob", "open sesame", HERE)).isFalse();

        for (var file : Files.list(directory.resolve("s")).filter(Files::isRegularFile).toList()) {
            assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                    .as(file.toString())
                    .doesNotContain("open sesame", "another one");
        }
    }

    @Test
    void whatNobodyCouldLogInWithIsRefusedWithTheRemedy() {
        assertThat(refused("bob", "'password-hashed':'secret'"))
                .contains("user[username='bob']/config/password-hashed", "openssl passwd -6");
        assertThat(refused("bob", "'password-hashed':'$6$salt$short'")).contains("no whole $6$");
        assertThat(refused("bob", "'password':''")).contains("empty");
        assertThat(refused("bob", "'password':'%s'".formatted(Accounts.hash("x"))))
                .contains("password-hashed");
        assertThat(refused("bob", "'lagopus-aaa:authorized-key':['ssh-ed25519 nonsense']"))
                .contains("authorized-key[.='ssh-ed25519 nonsense']", "authorized_keys");
    }

    @Test
    void theLastOneWhoCouldLogInIsMissed() throws Exception {
        user("bob", "'password':'x'");
        assertThat(someone).isTrue();
        datastore.edit(
                Face.RUNNING,
                List.of(
                        Edit.remove(
                                model.parse(
                                        "/openconfig-system:system/aaa/authentication/users/user[username='bob']"))),
                ADMIN);
        assertThat(someone).isFalse();
        user("bob", "'password':'x'");
        assertThat(someone).isTrue();
    }

    @Test
    void whoGuessesIsSlowedDownAndOthersAreNot() throws Exception {
        user("bob", "'password':'right'");
        for (int i = 0; i < 3; i++) {
            assertThat(logins.password("bob", "wrong", HERE)).isFalse();
        }
        assertThat(logins.password("bob", "right", HERE)).as("before its time").isFalse();
        assertThat(logins.password("bob", "right", THERE)).as("from elsewhere").isTrue();
        nanos.addAndGet(Duration.ofSeconds(2).toNanos());
        assertThat(logins.password("bob", "right", HERE)).isTrue();
        assertThat(logins.password("bob", "wrong", HERE)).isFalse();
        assertThat(logins.password("bob", "right", HERE)).as("forgiven").isTrue();
        assertThat(audited)
                .contains(
                        "login bob 192.0.2.1 access-denied",
                        "login bob 192.0.2.1 too-many-tries",
                        "login bob 192.0.2.2 ok");
    }

    @Test
    void thePauseBetweenTriesDoublesUpToAMinute() {
        var throttle = new Throttle(nanos::get);
        long pause = 0;
        for (int i = 1; i <= 20; i++) {
            throttle.failed("x");
            long waited = 0;
            while (throttle.mustWait("x")) {
                nanos.addAndGet(Duration.ofSeconds(1).toNanos());
                waited++;
            }
            assertThat(waited).isBetween(pause, 60L);
            pause = waited;
        }
        assertThat(pause).isEqualTo(60);
    }

    private void radius(String methods, FakeRadius server, String secret)
            throws DatastoreException {
        radius(methods, server, secret, "");
    }

    private void radius(String methods, FakeRadius server, String secret, String more)
            throws DatastoreException {
        edit(
                Face.RUNNING,
                """
                {'authentication':{'config':{'authentication-method':[%s]}},
                 'server-groups':{'server-group':[{'name':'head-office',
                   'config':{'name':'head-office','type':'openconfig-aaa:RADIUS'},
                   'servers':{'server':[{'address':'127.0.0.1',
                     'config':{'address':'127.0.0.1','timeout':1},
                     'radius':{'config':{'auth-port':%d,'secret-key':'%s',
                                         'retransmit-attempts':0%s}}}]}}]}}\
                """
                        .formatted(methods, server.port(), secret, more));
    }

    @Test
    void theSecretOfARadiusServerIsForWhoHasARule() throws Exception {
        try (var server = new FakeRadius("shared", Map.of())) {
            radius("'head-office'", server, "shared", "");
            var all = datastore.model().parse("/openconfig-system:system/aaa/server-groups");
            var seen = datastore.view(new Actor(0, "somebody", "netconf")).read(Face.RUNNING);
            assertThat(seen.readNode(all).orElseThrow().prettyTree().get())
                    .contains("head-office", "auth-port")
                    .doesNotContain("shared", "secret-key");
            var change = Edit.remove(all);
            var refused =
                    catchThrowableOfType(
                            DatastoreException.class,
                            () ->
                                    datastore.edit(
                                            Face.RUNNING,
                                            List.of(change),
                                            new Actor(0, "somebody", "netconf")));
            assertThat(refused.errors())
                    .extracting(DataError::tag)
                    .contains(ErrorTag.ACCESS_DENIED);
        }
    }

    @Test
    void aRadiusServerDecidesAndTellsTheGroups() throws Exception {
        try (var server =
                new FakeRadius("shared", Map.of("carol", "a long password, longer than a block"))) {
            radius("'head-office','openconfig-aaa-types:LOCAL'", server, "shared");
            user("bob", "'password':'local'");
            assertThat(logins.password("carol", "a long password, longer than a block", HERE))
                    .isTrue();
            assertThat(logins.groups("carol"))
                    .containsExactlyInAnyOrder("operators", "readers", "night-shift");
            assertThat(logins.password("carol", "wrong", HERE)).isFalse();
            assertThat(logins.password("bob", "local", HERE))
                    .as("the server has answered, and that decides")
                    .isFalse();
            assertThat(server.requests).hasValue(3);
        }
    }

    @Test
    void whereTheServerIsSilentTheNextMethodDecides() throws Exception {
        try (var server = new FakeRadius("shared", Map.of("bob", "remote"))) {
            radius(
                    "'openconfig-aaa-types:RADIUS_ALL','openconfig-aaa-types:LOCAL'",
                    server,
                    "shared");
            user("bob", "'password':'local'");
            assertThat(logins.password("bob", "remote", HERE)).isTrue();
            assertThat(logins.groups("bob")).isNotEmpty();
            server.silent(true);
            assertThat(logins.password("bob", "local", HERE)).isTrue();
            assertThat(logins.groups("bob")).as("those of the configuration only").isEmpty();
            assertThat(logins.password("bob", "remote", HERE)).isFalse();
        }
    }

    @Test
    void localUsersComeFirstWhereTheOrderSaysSo() throws Exception {
        try (var server = new FakeRadius("shared", Map.of("bob", "remote", "carol", "remote"))) {
            radius("'openconfig-aaa-types:LOCAL','head-office'", server, "shared");
            user("bob", "'password':'local'");
            assertThat(logins.password("bob", "local", HERE)).isTrue();
            assertThat(logins.password("bob", "remote", HERE)).isFalse();
            assertThat(server.requests).hasValue(0);
            assertThat(logins.password("carol", "remote", HERE)).isTrue();
        }
    }

    @Test
    void anAnswerThatCannotBeTrustedIsNone() throws Exception {
        try (var server = new FakeRadius("shared", Map.of("carol", "x"))) {
            radius("'head-office'", server, "another secret");
            assertThat(logins.password("carol", "x", HERE)).as("another secret").isFalse();
            server.unsigned(true);
            radius("'head-office'", server, "shared");
            assertThat(logins.password("carol", "x", THERE)).as("not signed").isFalse();
            radius(
                    "'head-office'",
                    server,
                    "shared",
                    ",'lagopus-aaa:require-message-authenticator':false");
            assertThat(logins.password("carol", "x", THERE)).isTrue();
        }
    }

    @Test
    void methodsAndServersThatLeadNowhereAreRefused() throws Exception {
        var unknown =
                catchThrowableOfType(
                        DatastoreException.class,
                        () ->
                                edit(
                                        Face.RUNNING,
                                        "{'authentication':{'config':{'authentication-method':['nowhere']}}}"));
        assertThat(refused(unknown)).contains("authentication-method", "no server-group nowhere");
        var tacacs =
                catchThrowableOfType(
                        DatastoreException.class,
                        () ->
                                edit(
                                        Face.RUNNING,
                                        "{'authentication':{'config':{'authentication-method':['openconfig-aaa-types:TACACS_ALL']}}}"));
        assertThat(refused(tacacs)).contains("TACACS+ is not implemented");
        var bare =
                catchThrowableOfType(
                        DatastoreException.class,
                        () ->
                                edit(
                                        Face.RUNNING,
                                        """
                                        {'server-groups':{'server-group':[{'name':'g',
                                          'config':{'name':'g','type':'openconfig-aaa:RADIUS'},
                                          'servers':{'server':[{'address':'192.0.2.9',
                                            'config':{'address':'192.0.2.9'}}]}}]}}\
                                        """));
        assertThat(refused(bare)).contains("secret-key");
    }
}
