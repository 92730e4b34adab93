package org.lagopus.controller;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Participant;
import org.lagopus.datastore.Transaction;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeWithValue;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;

/// Takes part in the commits that touch `/system/aaa`, and refuses what nobody could log in with: a
/// hash that is none, a key that cannot be read, a method that leads nowhere.
final class AccountRules implements Participant {
    private final Aaa aaa;
    private final Consumer<Boolean> someoneCanLogIn;

    /// @param someoneCanLogIn told after each commit whether there is anybody left
    AccountRules(Aaa aaa, Consumer<Boolean> someoneCanLogIn) {
        this.aaa = aaa;
        this.someoneCanLogIn = someoneCanLogIn;
    }

    @Override
    public String name() {
        return "accounts";
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
        return List.of(aaa.path());
    }

    @Override
    public CompletionStage<List<DataError>> prepare(Transaction transaction) {
        return CompletableFuture.completedFuture(wrong(after(transaction)));
    }

    @Override
    public CompletionStage<List<DataError>> commit(Transaction transaction) {
        someoneCanLogIn.accept(someone(after(transaction)));
        return CompletableFuture.completedFuture(List.of());
    }

    @Override
    public CompletionStage<List<DataError>> abort(Transaction transaction) {
        return CompletableFuture.completedFuture(List.of());
    }

    private static @Nullable NormalizedNode after(Transaction transaction) {
        return transaction.slices().isEmpty()
                ? null
                : transaction.slices().getFirst().getRootNode().dataAfter();
    }

    /// Whether anybody has a password or a key, or servers are asked.
    boolean someone(@Nullable NormalizedNode tree) {
        return aaa.methods(tree).stream()
                        .anyMatch(method ->
                                method instanceof Aaa.Method.Servers(var servers)
                                        && !servers.isEmpty())
                || Aaa.entries(aaa.at(tree, "authentication", "users", "user")).stream()
                        .map(user -> aaa.at(user, "config"))
                        .anyMatch(config ->
                                aaa.at(config, "password-hashed") != null
                                        || Aaa.child(config, aaa.authorizedKey) != null);
    }

    List<DataError> wrong(@Nullable NormalizedNode tree) {
        var errors = new ArrayList<DataError>();
        for (var user : Aaa.entries(aaa.at(tree, "authentication", "users", "user"))) {
            user(aaa.text(user, "", "username"), aaa.at(user, "config"), errors);
        }
        methods(tree, errors);
        servers(tree, errors);
        return errors;
    }

    private void user(String name, @Nullable NormalizedNode config, List<DataError> errors) {
        var at = aaa.config(name);
        var hash = aaa.text(config, "", "password-hashed");
        if (!hash.isEmpty() && !Accounts.isHash(hash)) {
            errors.add(
                    DataError.at(
                            at.node(aaa.name("password-hashed")),
                            ErrorTag.INVALID_VALUE,
                            "it is no whole $6$ hash, and nobody could log in with it: make one"
                                    + " with 'openssl passwd -6', or put the password itself into the"
                                    + " leaf password, which is hashed here"));
        }
        if (Aaa.child(config, aaa.authorizedKey) instanceof LeafSetNode<?> keys) {
            for (var key : keys.body()) {
                var line = key.body().toString();
                try {
                    Accounts.parse(line);
                } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
                    errors.add(
                            DataError.at(
                                    at.node(aaa.authorizedKey)
                                            .node(new NodeWithValue<>(aaa.authorizedKey, line)),
                                    ErrorTag.INVALID_VALUE,
                                    "it is no SSH public key: a line of an authorized_keys file is"
                                            + " expected, such as 'ssh-ed25519 AAAA... comment'"));
                }
            }
        }
    }

    private void methods(@Nullable NormalizedNode tree, List<DataError> errors) {
        if (!(aaa.at(tree, "authentication", "config", "authentication-method")
                instanceof LeafSetNode<?> methods)) {
            return;
        }
        var groups = aaa.groups(tree);
        var path = aaa.path("authentication", "config", "authentication-method");
        for (var method : methods.body()) {
            var wrong =
                    switch (method.body()) {
                        case QName name when name.getLocalName().startsWith("TACACS") ->
                                "TACACS+ is not implemented: use LOCAL, RADIUS_ALL or a server"
                                        + " group";
                        case QName _ -> null;
                        default ->
                                groups.containsKey(method.body().toString())
                                        ? null
                                        : "there is no server-group %s".formatted(method.body());
                    };
            if (wrong != null) {
                errors.add(DataError.at(path.node(method.name()), ErrorTag.INVALID_VALUE, wrong));
            }
        }
    }

    private void servers(@Nullable NormalizedNode tree, List<DataError> errors) {
        for (var group : Aaa.entries(aaa.at(tree, "server-groups", "server-group"))) {
            var list = aaa.path("server-groups", "server-group").node(group.name());
            for (var server : Aaa.entries(aaa.at(group, "servers", "server"))) {
                if (aaa.text(server, "", "radius", "config", "secret-key").isEmpty()) {
                    errors.add(
                            DataError.at(
                                    list.node(aaa.name("servers"))
                                            .node(aaa.name("server"))
                                            .node(server.name()),
                                    ErrorTag.DATA_MISSING,
                                    "a server needs radius/config/secret-key, and its group the"
                                            + " type openconfig-aaa:RADIUS"));
                }
            }
        }
    }
}
