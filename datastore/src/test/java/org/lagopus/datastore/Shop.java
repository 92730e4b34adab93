package org.lagopus.datastore;

import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.codec.gson.JsonParserStream;
import org.opendaylight.yangtools.yang.data.impl.schema.ImmutableNormalizedNodeStreamWriter;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.model.api.EffectiveModelContext;

/// The modules of the tests, loaded once, and short ways to write data and paths of theirs.
final class Shop {
    static final Model MODEL = load("/yang");
    static final QNameModule NS =
            MODEL.context().findModules("shop").iterator().next().getQNameModule();
    static final SchemaNode SCHEMA = SchemaNode.of(MODEL);
    static final Actor ALICE = new Actor(1, "alice", "netconf");
    static final Actor BOB = new Actor(2, "bob", "netconf");
    static final Actor REST = new Actor(0, "rest", "restconf");

    private Shop() {}

    static QName q(String local) {
        return QName.create(NS, local);
    }

    static YangInstanceIdentifier path(String text) {
        return MODEL.parse(text);
    }

    /// The whole configuration as RFC 7951 writes it, in single quotes for convenience.
    static ContainerNode root(String json) {
        return root(MODEL, json);
    }

    static ContainerNode root(Model model, String json) {
        var builder =
                ImmutableNodes.newContainerBuilder()
                        .withNodeIdentifier(NodeIdentifier.create(EffectiveModelContext.NAME));
        try (var writer = ImmutableNormalizedNodeStreamWriter.from(builder);
                var parser = JsonParserStream.create(writer, model.json())) {
            parser.parse(new JsonReader(new StringReader(json.replace('\'', '"'))));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return builder.build();
    }

    /// The node at a path of such a configuration.
    static NormalizedNode node(String path, String json) {
        return Objects.requireNonNull(Nodes.find(root(json), path(path)), path);
    }

    static Edit merge(String json) {
        return Edit.merge(YangInstanceIdentifier.of(), root(json));
    }

    static Edit merge(String path, String json) {
        return Edit.merge(path(path), node(path, json));
    }

    static Edit replace(String path, String json) {
        return Edit.replace(path(path), node(path, json));
    }

    static Edit create(String path, String json) {
        return Edit.create(path(path), node(path, json));
    }

    static Edit delete(String path) {
        return Edit.delete(path(path));
    }

    static Edit remove(String path) {
        return Edit.remove(path(path));
    }

    static Model load(String resource) {
        return load(List.of(), resource);
    }

    /// @param standard modules of the class path that are implemented beside
    static Model load(List<String> standard, String resource) {
        try {
            URL here = Objects.requireNonNull(Shop.class.getResource(resource));
            return Model.load(new ModelSources(standard, List.of(Path.of(here.toURI()))));
        } catch (ModelException | URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
