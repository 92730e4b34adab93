package org.lagopus.netconf;

import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.regex.Pattern;
import javax.xml.namespace.NamespaceContext;
import org.jspecify.annotations.Nullable;

/// The prefixes a text uses, kept for when the element is gone.
final class Prefixes implements NamespaceContext {
    static final Prefixes NONE = new Prefixes();

    private static final Pattern PREFIX = Pattern.compile("([\\w.-]+):");

    private final Map<String, String> bound = new HashMap<>(2);

    /// What may be prefixes in a text, as far as they mean something where it stands.
    static Prefixes in(String text, NamespaceContext namespaces) {
        var prefixes = new Prefixes();
        var found = PREFIX.matcher(text);
        while (found.find()) {
            prefixes.bind(found.group(1), namespaces.getNamespaceURI(found.group(1)));
        }
        return prefixes;
    }

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
