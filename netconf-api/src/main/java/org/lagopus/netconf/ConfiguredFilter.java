package org.lagopus.netconf;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.Objects;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.Fragment;
import org.lagopus.datastore.View;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.schema.ChoiceNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;

/// A filter of `/filters` that subscriptions go by instead of having one of their own (RFC 8639
/// §2.2, RFC 8641 §3.6).
///
/// @param entry as it was configured
/// @param subtree null where it is an expression
/// @param expression null where it is a subtree filter; one without either takes everything
record ConfiguredFilter(
        NormalizedNode entry, @Nullable Filter subtree, @Nullable XPathFilter expression) {
    /// Which of the two lists a name is of.
    ///
    /// @param filters the container, in whose module the name of the container is
    record Reference(QName filters, QName list, QName key, String name) {
        /// @param module any name of ietf-subscribed-notifications
        static Reference stream(QName module, String name) {
            return new Reference(
                    QName.create(module, "filters"),
                    QName.create(module, "stream-filter"),
                    QName.create(module, "name"),
                    name);
        }

        /// @param push any name of ietf-yang-push
        static Reference selection(QName module, QName push, String name) {
            return new Reference(
                    QName.create(module, "filters"),
                    QName.create(push, "selection-filter"),
                    QName.create(push, "filter-id"),
                    name);
        }

        boolean isOfStreams() {
            return list.getModule().equals(filters.getModule());
        }

        YangInstanceIdentifier path() {
            return YangInstanceIdentifier.of(
                    NodeIdentifier.create(filters),
                    NodeIdentifier.create(list),
                    NodeIdentifierWithPredicates.of(list, key, name));
        }
    }

    /// What a client finds under a name.
    ///
    /// @param root of what it is applied to
    /// @throws DatastoreException where there is none the client may read, or it is no filter
    static ConfiguredFilter find(
            View view, Schemas.Schema schema, SchemaNode root, Reference reference, Settings limits)
            throws DatastoreException {
        var entry = view.read(Face.RUNNING).readNode(reference.path()).orElse(null);
        if (!(entry instanceof MapEntryNode there)) {
            throw Errors.invalidValue(
                    ErrorType.APPLICATION,
                    null,
                    reference.key.getLocalName(),
                    "there is no %s %s in /filters"
                            .formatted(
                                    reference.list.getLocalName(), Errors.quoted(reference.name)));
        }
        for (var child : there.body()) {
            if (child instanceof ChoiceNode choice && !choice.isEmpty()) {
                var spec = choice.body().iterator().next();
                var fragment = Fragment.of(spec);
                return fragment == null
                        ? new ConfiguredFilter(
                                entry,
                                null,
                                XPathFilter.kept(schema, Prefixes.NONE, spec.body().toString()))
                        : new ConfiguredFilter(
                                entry, read(fragment.xml(schema.model()), root, limits), null);
            }
        }
        return new ConfiguredFilter(entry, null, null);
    }

    private static Filter read(String content, SchemaNode root, Settings limits)
            throws DatastoreException {
        var document = ("<filter>" + content + "</filter>").getBytes(UTF_8);
        try {
            var in =
                    new XmlReader(
                            XmlReader.factory(),
                            new ByteArrayInputStream(document),
                            limits.maxText(),
                            limits.maxDepth(),
                            new Room(limits.maxFilter(), Duration.ZERO).share());
            in.first();
            return Filter.read(in, root, limits.maxFilter());
        } catch (XMLStreamException e) {
            throw Errors.invalidValue(
                    ErrorType.APPLICATION,
                    null,
                    "filter",
                    "the filter is no XML: " + Objects.requireNonNullElse(e.getMessage(), "?"));
        }
    }
}
