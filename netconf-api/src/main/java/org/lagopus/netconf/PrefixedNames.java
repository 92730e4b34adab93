package org.lagopus.netconf;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.Iterator;
import javax.xml.namespace.NamespaceContext;
import javax.xml.stream.XMLStreamWriter;
import org.jspecify.annotations.Nullable;

/// Hides the default namespace from the codecs of values. To them it is a prefix of no length, and
/// they write `/:name` in an instance-identifier; not seeing it, they declare a prefix.
final class PrefixedNames implements NamespaceContext {
    private final XMLStreamWriter out;

    private PrefixedNames(XMLStreamWriter out) {
        this.out = out;
    }

    static XMLStreamWriter on(XMLStreamWriter out) {
        var context = new PrefixedNames(out);
        return (XMLStreamWriter)
                Proxy.newProxyInstance(
                        PrefixedNames.class.getClassLoader(),
                        new Class<?>[] {XMLStreamWriter.class},
                        (_, method, arguments) -> {
                            if (method.getName().equals("getNamespaceContext")) {
                                return context;
                            }
                            try {
                                return method.invoke(out, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getTargetException();
                            }
                        });
    }

    @Override
    public @Nullable String getNamespaceURI(String prefix) {
        return out.getNamespaceContext().getNamespaceURI(prefix);
    }

    @Override
    public @Nullable String getPrefix(String namespace) {
        var prefix = out.getNamespaceContext().getPrefix(namespace);
        return prefix == null || prefix.isEmpty() ? null : prefix;
    }

    @Override
    public Iterator<String> getPrefixes(String namespace) {
        var prefix = getPrefix(namespace);
        return prefix == null
                ? Collections.emptyIterator()
                : Collections.singleton(prefix).iterator();
    }
}
