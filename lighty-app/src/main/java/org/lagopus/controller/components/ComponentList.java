package org.lagopus.controller.components;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lagopus.component.wire.Message;
import org.lagopus.datastore.ListProvider;
import org.lagopus.datastore.Model;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;

/// A list of state whose entries a component gives out.
final class ComponentList implements ListProvider {
    private static final int PAGE = 1000;

    private final Model model;
    private final StateReader reader;
    private final String name;
    private final String text;
    private final YangInstanceIdentifier path;
    private final Calls calls;
    private final long millis;

    /// @param name of the component
    /// @param text the path as the component says it
    /// @param millis that it may take for a page
    ComponentList(
            Model model,
            String name,
            String text,
            YangInstanceIdentifier path,
            Calls calls,
            long millis) {
        this.model = model;
        this.reader = new StateReader(model);
        this.name = name;
        this.text = text;
        this.path = path;
        this.calls = calls;
        this.millis = millis;
    }

    @Override
    public Optional<MapEntryNode> entry(NodeIdentifierWithPredicates keys) throws IOException {
        var rows = read(keys(keys), null);
        return entries(rows).stream().filter(entry -> entry.name().equals(keys)).findFirst();
    }

    @Override
    public Page page(@Nullable String after) throws IOException {
        var rows = read(null, after);
        return new Page(entries(rows), rows.after());
    }

    private Message.Rows read(@Nullable Map<String, JsonNode> keys, @Nullable String after)
            throws IOException {
        Message.Rows rows;
        try {
            rows =
                    (Message.Rows)
                            calls.ask(
                                            "for " + text,
                                            millis,
                                            id -> new Message.Read(id, text, keys, after, PAGE))
                                    .get();
        } catch (ExecutionException e) {
            var cause = e.getCause() == null ? e : e.getCause();
            throw new IOException("component %s: %s".formatted(name, cause.getMessage()), cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("component %s: interrupted".formatted(name), e);
        }
        if (!rows.errors().isEmpty()) {
            throw new IOException(
                    "component %s: %s".formatted(name, rows.errors().getFirst().message()));
        }
        return rows;
    }

    private List<MapEntryNode> entries(Message.Rows rows) throws IOException {
        if (rows.entries().isEmpty()) {
            return List.of();
        }
        try {
            var list = (MapNode) reader.node(path, rows.entries().toString());
            return List.copyOf(list.body());
        } catch (RuntimeException e) {
            // The parser has many ways to say no.
            throw new IOException(
                    "component %s gives out what is no entry: %s".formatted(name, e.getMessage()),
                    e);
        }
    }

    private Map<String, JsonNode> keys(NodeIdentifierWithPredicates keys) {
        var stack = model.tree().enterPath(path).orElseThrow().stack();
        var leaves =
                keys.entrySet().stream()
                        .map(key -> ImmutableNodes.leafNode(key.getKey(), key.getValue()))
                        .toList();
        return NestedJson.of(model, stack, keys.getNodeType(), leaves).properties().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}
