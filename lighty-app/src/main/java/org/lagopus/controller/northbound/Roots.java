package org.lagopus.controller.northbound;

import java.util.List;
import java.util.Optional;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.Transaction;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeSnapshot;

/// The three subtrees that the servers are made of.
record Roots(Content northbound, Content keystore, Content truststore) {
    static List<YangInstanceIdentifier> paths(Model model) {
        return List.of(
                model.parse("/lagopus-northbound:northbound"),
                model.parse("/ietf-keystore:keystore"),
                model.parse("/ietf-truststore:truststore"));
    }

    static Roots of(Model model, DataTreeSnapshot running) {
        var contents =
                paths(model).stream()
                        .map(path -> Content.of(model, path, running.readNode(path)))
                        .toList();
        return new Roots(contents.get(0), contents.get(1), contents.get(2));
    }

    /// What they are after a commit.
    Roots after(Model model, Transaction transaction) {
        return new Roots(
                after(model, northbound, transaction),
                after(model, keystore, transaction),
                after(model, truststore, transaction));
    }

    private static Content after(Model model, Content before, Transaction transaction) {
        return transaction.slices().stream()
                .filter(slice -> slice.getRootPath().equals(before.path()))
                .findFirst()
                .map(slice ->
                        Content.of(
                                model,
                                before.path(),
                                Optional.ofNullable(slice.getRootNode().dataAfter())))
                .orElse(before);
    }
}
