package org.lagopus.netconf;

import java.util.regex.Pattern;
import javax.xml.namespace.NamespaceContext;

/// Key predicates of an instance-identifier (RFC 7950 §9.13), such as
/// `[n:name='eth0'][n:unit='0']`, as the attribute `key` has them.
final class KeyPredicates {
    private static final Pattern ONE =
            Pattern.compile(
                    "\\s*\\[\\s*(?:([\\w.-]+):)?([\\w.-]+)\\s*=\\s*(?:'([^']*)'|\"([^\"]*)\")\\s*\\]\\s*");

    private KeyPredicates() {}

    /// The values of the keys of a list, in its order. A name without a prefix is one of the list's
    /// own module.
    ///
    /// @throws IllegalArgumentException telling what is wrong with it
    static Object[] read(SchemaNode list, NamespaceContext namespaces, String text) {
        var values = new Object[list.keys().size()];
        int found = 0;
        var matcher = ONE.matcher(text);
        int at = 0;
        for (; at < text.length(); at = matcher.end()) {
            if (!matcher.find(at) || matcher.start() != at) {
                break;
            }
            var prefix = matcher.group(1);
            var namespace = prefix == null ? list.namespace() : namespaces.getNamespaceURI(prefix);
            var key = namespace == null ? null : list.child(namespace, matcher.group(2));
            int index = key == null ? -1 : list.keys().indexOf(key.qname());
            if (key == null || index < 0 || values[index] != null) {
                break;
            }
            var value = matcher.group(3) == null ? matcher.group(4) : matcher.group(3);
            values[index] = key.parse(namespaces, value);
            found++;
        }
        if (at < text.length() || found < values.length) {
            throw new IllegalArgumentException(
                    "each key has to stand once as [prefix:name='value']");
        }
        return values;
    }
}
