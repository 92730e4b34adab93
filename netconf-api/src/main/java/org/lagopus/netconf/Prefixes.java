package org.lagopus.netconf;

import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import javax.xml.namespace.NamespaceContext;
import org.jspecify.annotations.Nullable;

/// The prefixes a text uses, kept for when the element is gone.
final class Prefixes implements NamespaceContext {
    static final Prefixes NONE = new Prefixes();

    private final Map<String, String> bound = new HashMap<>(2);

    void bind(String prefix, @Nullable String namespace) {
        if (namespace != null) {
            bound.put(prefix, namespace);
        }
    }

    @Override
    public @Nullable String getNamespaceURI(String prefix) {
        return bound.get(prefix);
    }

    @Override
    public @Nullable String getPrefix(String namespace) {
        return null;
    }

    @Override
    public Iterator<String> getPrefixes(String namespace) {
        return Collections.emptyIterator();
    }
}
