package org.lagopus.datastore;

import java.io.IOException;
import java.util.AbstractCollection;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.schema.AbstractSystemMapNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.SystemMapNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A list that a [ListProvider] gives out. An entry that is looked for by its keys costs one
/// question, a walk one for each page, of which one is held at a time. Counting walks.
///
/// What it is changes as it is read: nothing may be concluded from two looks.
final class ProvidedList extends AbstractSystemMapNode {
    private static final Logger LOG = LoggerFactory.getLogger(ProvidedList.class);

    private final NodeIdentifier name;
    private final YangInstanceIdentifier path;
    private final ListProvider provider;
    private final boolean asked;

    /// @param asked whether it is what was asked for: a list that cannot be read is an error then,
    ///   and else it is left out
    ProvidedList(YangInstanceIdentifier path, ListProvider provider, boolean asked) {
        this.asked = asked;
        this.name = (NodeIdentifier) path.getLastPathArgument();
        this.path = path;
        this.provider = provider;
    }

    @Override
    public NodeIdentifier name() {
        return name;
    }

    @Override
    public @Nullable MapEntryNode childByArg(NodeIdentifierWithPredicates keys) {
        try {
            return provider.entry(keys).orElse(null);
        } catch (IOException e) {
            throw new UnreadableException(path.node(keys), e);
        }
    }

    @Override
    protected Collection<MapEntryNode> value() {
        return new AbstractCollection<>() {
            @Override
            public Iterator<MapEntryNode> iterator() {
                return new Walk();
            }

            @Override
            public boolean isEmpty() {
                return !iterator().hasNext();
            }

            @Override
            public int size() {
                int count = 0;
                for (var walk = iterator(); walk.hasNext(); walk.next()) {
                    count++;
                }
                return count;
            }
        };
    }

    @Override
    public int size() {
        return value().size();
    }

    @Override
    public boolean isEmpty() {
        return value().isEmpty();
    }

    @Override
    public Map<NodeIdentifierWithPredicates, MapEntryNode> asMap() {
        throw new UnsupportedOperationException(path + " is not held in memory");
    }

    @Override
    protected Collection<MapEntryNode> wrappedValue() {
        return value();
    }

    @Override
    protected int valueHashCode() {
        return path.hashCode();
    }

    @Override
    protected boolean valueEquals(SystemMapNode other) {
        return false; // it is another one each time
    }

    private final class Walk implements Iterator<MapEntryNode> {
        private Iterator<MapEntryNode> page = List.<MapEntryNode>of().iterator();
        private @Nullable String after;
        private boolean begun;

        @Override
        public boolean hasNext() {
            while (!page.hasNext() && (!begun || after != null)) {
                try {
                    var next = provider.page(after);
                    page = next.entries().iterator();
                    after = next.after();
                    begun = true;
                } catch (IOException e) {
                    if (asked || begun) {
                        throw new UnreadableException(path, e);
                    }
                    LOG.warn("{} is left out of a reply: {}", path, e.getMessage());
                    begun = true;
                }
            }
            return page.hasNext();
        }

        @Override
        public MapEntryNode next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            return page.next();
        }
    }
}
