package org.lagopus.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.ModelSources;
import org.lagopus.datastore.access.Rights;
import org.lagopus.yang.FirstModuleSet;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// First users: from the bootstrap file into running, and then to a login.
@Tag("R3")
@Tag("R4")
class BootstrapTest {
    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl x@y";
    private static final String OTHER =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAkUu5mPRzWJ2uOjdNsOrRUxm+Ij9wbXLMsTKgLqvzyX";

    @TempDir Path directory;

    private static Model model;

    @BeforeAll
    static void loadsTheModel() throws Exception {
        model = Model.load(new ModelSources(FirstModuleSet.IMPLEMENTED, List.of()));
    }

    private Path file(String text) throws IOException {
        return Files.writeString(directory.resolve("bootstrap.json"), text.replace('\'', '"'));
    }

    @Test
    void itsUsersLogInByPasswordAndKeyAndThePasswordIsKeptHashed() throws Exception {
        var bootstrap =
                Bootstrap.read(
                        file(
                                "{'users': [{'name': 'admin', 'password': 'secret',"
                                        + " 'authorized-keys': ['%s']}, {'name': 'two', 'password': 'x'}]}"
                                                .formatted(KEY)));
        try (var datastore = Datastore.open(model, directory.resolve("s"), Clock.systemUTC())) {
            var accounts = new Accounts(datastore, new Aaa(model));
            assertThat(accounts.exist()).isFalse();
            bootstrap.commit(datastore);
            assertThat(accounts.exist()).isTrue();
            assertThat(accounts.password("admin", "secret")).isTrue();
            assertThat(accounts.password("admin", "Secret")).isFalse();
            assertThat(accounts.password("two", "secret")).isFalse();
            assertThat(accounts.password("nobody", "nobody")).isFalse();
            assertThat(accounts.key("admin", Accounts.parse(KEY))).isTrue();
            assertThat(accounts.key("admin", Accounts.parse(OTHER))).isFalse();
            assertThat(accounts.key("two", Accounts.parse(KEY))).isFalse();
            var running =
                    datastore
                            .read(Face.RUNNING)
                            .readNode(YangInstanceIdentifier.of())
                            .orElseThrow()
                            .prettyTree()
                            .toString();
            assertThat(running).contains("$6$").doesNotContain("secret");
        }
    }

    @Test
    void itsUsersMayDoAllAndWhoIsAddedLaterMayReadOnly() throws Exception {
        try (var datastore = Datastore.open(model, directory.resolve("s"), Clock.systemUTC())) {
            Bootstrap.read(file("{'users': [{'name': 'admin', 'password': 'secret'}]}"))
                    .commit(datastore);
            assertThat(rights(datastore, "admin").readsAll()).isTrue();
            assertThat(rights(datastore, "admin").writesAll()).isTrue();
            assertThat(rights(datastore, "other").writesAll()).isFalse();
            assertThat(datastore.view(actor("admin")).read(Face.RUNNING).readNode(hash()))
                    .isPresent();
            assertThat(datastore.view(actor("other")).read(Face.RUNNING).readNode(hash()))
                    .isEmpty();
        }
    }

    @Test
    void whoCouldLogInBeforeThereWasAccessControlMayDoAllAndThatOnce() throws Exception {
        var state = Files.createDirectories(directory.resolve("s"));
        var nacm = model.parse("/ietf-netconf-acm:nacm");
        try (var datastore = Datastore.open(model, state, Clock.systemUTC())) {
            Bootstrap.read(file("{'users': [{'name': 'admin', 'password': 'secret'}]}"))
                    .commit(datastore);
            datastore.edit(Face.RUNNING, List.of(Edit.delete(nacm)), Actor.SYSTEM);
            assertThat(rights(datastore, "admin").writesAll()).isFalse();
            AdminGroup.settle(datastore, state, List.of("admin", "two"));
            assertThat(rights(datastore, "admin").writesAll()).isTrue();
            assertThat(rights(datastore, "two").writesAll()).isTrue();
            datastore.edit(Face.RUNNING, List.of(Edit.delete(nacm)), Actor.SYSTEM);
            AdminGroup.settle(datastore, state, List.of("admin", "two"));
            assertThat(rights(datastore, "admin").writesAll()).isFalse();
        }
    }

    private static Actor actor(String user) {
        return new Actor(0, user, "restconf");
    }

    private static Rights rights(Datastore datastore, String user) {
        return datastore.access().rights(actor(user));
    }

    private static YangInstanceIdentifier hash() {
        return model.parse(
                "/openconfig-system:system/aaa/authentication/users/user[username='admin']/config/password-hashed");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'users': []} | users",
                "{} | users",
                "{'users': [{'password': 'x'}]} | name",
                "{'users': [{'name': 'x'}]} | neither password nor authorized-keys",
                "{'users': [{'name': 'x', 'authorized-keys': ['nonsense']}]} | nonsense",
                "{'users': [{'name': 'x', 'pasword': 'typo'}]} | pasword",
                "{'users': | bootstrap.json:1",
            })
    void whatIsWrongIsNamedWithTheFile(String text, String reason) throws Exception {
        var file = file(text);
        assertThatThrownBy(() -> Bootstrap.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("bootstrap.json")
                .hasMessageContaining(reason);
    }
}
