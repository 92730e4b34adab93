package org.lagopus.datastore;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/// Makes a [Fragment] of the events of a parser. Prefixes that were declared further out, and are
/// used in names, attributes or texts, are declared in the fragment.
///
/// Attributes stay, except in anydata, which has none (RFC 7950 §7.10.3 wants data that a model
/// could describe). There white space between elements goes as well.
public final class FragmentBuilder {
    private static final Pattern PREFIX = Pattern.compile("([\\p{L}_][\\w.-]*):");

    private final boolean isAnydata;
    private final StringBuilder to = new StringBuilder();
    private final StringBuilder blank = new StringBuilder();
    private final Deque<Open> open = new ArrayDeque<>();

    /// An element that has not ended, and where its declarations end.
    private static final class Open {
        final String name;
        final Map<String, String> declared = new HashMap<>(2);
        int head;
        boolean hasElements;

        Open(String name) {
            this.name = name;
        }
    }

    public FragmentBuilder(boolean isAnydata) {
        this.isAnydata = isAnydata;
    }

    /// The element the parser stands on begins.
    public void start(XMLStreamReader in) {
        blank.setLength(0);
        if (!open.isEmpty()) {
            open.getFirst().hasElements = true;
        }
        var prefix = orEmpty(in.getPrefix());
        var one = new Open(prefix.isEmpty() ? in.getLocalName() : prefix + ":" + in.getLocalName());
        open.addFirst(one);
        to.append('<').append(one.name);
        one.head = to.length();
        to.append('>');
        declare(prefix, orEmpty(in.getNamespaceURI()));
        for (int i = 0; i < in.getAttributeCount() && !isAnydata; i++) {
            attribute(
                    in,
                    orEmpty(in.getAttributePrefix(i)),
                    orEmpty(in.getAttributeNamespace(i)),
                    in.getAttributeLocalName(i),
                    in.getAttributeValue(i));
        }
    }

    private void attribute(
            XMLStreamReader in, String prefix, String namespace, String name, String value) {
        if (!prefix.isEmpty() && !prefix.equals("xml")) {
            declare(prefix, namespace);
        }
        used(in, value);
        head(" " + (prefix.isEmpty() ? name : prefix + ":" + name) + "=\"" + escaped(value) + '"');
    }

    public void text(XMLStreamReader in) {
        var text = in.getText();
        if (isAnydata && text.isBlank()) {
            blank.append(text);
            return;
        }
        used(in, text);
        to.append(escaped(blank.toString())).append(escaped(text));
        blank.setLength(0);
    }

    /// The innermost element ends.
    public void end() {
        var one = open.removeFirst();
        if (!one.hasElements) {
            to.append(escaped(blank.toString()));
        }
        blank.setLength(0);
        to.append("</").append(one.name).append('>');
    }

    public int length() {
        return to.length() + blank.length();
    }

    public Fragment build() {
        return new Fragment(Fragment.Encoding.XML, to.toString());
    }

    private void used(XMLStreamReader in, String text) {
        if (open.isEmpty()) {
            return;
        }
        var prefixes = PREFIX.matcher(text);
        while (prefixes.find()) {
            var namespace = in.getNamespaceURI(prefixes.group(1));
            if (namespace != null) {
                declare(prefixes.group(1), namespace);
            }
        }
    }

    private void declare(String prefix, String namespace) {
        for (var one : open) {
            var known = one.declared.get(prefix);
            if (known != null) {
                if (known.equals(namespace)) {
                    return;
                }
                break;
            }
        }
        if (open.getFirst().declared.putIfAbsent(prefix, namespace) == null) {
            head(
                    (prefix.isEmpty() ? " xmlns" : " xmlns:" + prefix)
                            + "=\""
                            + escaped(namespace)
                            + '"');
        }
    }

    private void head(String text) {
        var one = open.getFirst();
        to.insert(one.head, text);
        one.head += text.length();
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    /// Good between tags and between quotes alike.
    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("\r", "&#13;");
    }
}
