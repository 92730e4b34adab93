package org.lagopus.restconf;

import java.io.IOException;
import java.io.Writer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.lagopus.datastore.Fragment;
import org.lagopus.datastore.Model;
import org.opendaylight.yangtools.yang.common.Empty;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// XML as RFC 7950 encodes instance data. Elements carry default namespaces; only values that name
/// something declare a prefix, on their own element.
final class XmlOutput implements Output {
    private final Model model;
    private final Names names;
    private final Writer to;
    private final Deque<QNameModule> modules = new ArrayDeque<>();

    XmlOutput(Model model, Names names, Writer to) {
        this.model = model;
        this.names = names;
        this.to = to;
    }

    @Override
    public void startContainer(QName name) throws IOException {
        open(name);
        to.write('>');
        modules.push(name.getModule());
    }

    @Override
    public void endContainer(QName name) throws IOException {
        modules.pop();
        end(name);
    }

    @Override
    public void startList(QName name) {
        // entries stand for themselves
    }

    @Override
    public void startEntry(QName name) throws IOException {
        startContainer(name);
    }

    @Override
    public void endEntry(QName name) throws IOException {
        endContainer(name);
    }

    @Override
    public void endList(QName name) {
        // entries stand for themselves
    }

    @Override
    public void leaf(QName name, Object value) throws IOException {
        open(name);
        switch (value) {
            case Empty _ -> {
                to.write("/>");
                return;
            }
            case QName identity -> {
                var prefix = names.name(identity.getModule());
                declare(prefix, identity.getNamespace().toString());
                to.write('>');
                to.write(prefix + ":" + identity.getLocalName());
            }
            case YangInstanceIdentifier path -> {
                var xpath = model.toXPath(path);
                for (var namespace : xpath.namespaces().entrySet()) {
                    declare(namespace.getKey(), namespace.getValue());
                }
                to.write('>');
                text(xpath.expression());
            }
            case Fragment fragment -> {
                to.write('>');
                to.write(fragment.xml(model));
            }
            default -> {
                for (var prefix : names.prefixes(name, value).entrySet()) {
                    declare(prefix.getKey(), prefix.getValue());
                }
                to.write('>');
                text(Output.text(value));
            }
        }
        end(name);
    }

    @Override
    public void startLeafList(QName name) {
        // items stand for themselves
    }

    @Override
    public void item(QName name, Object value) throws IOException {
        leaf(name, value);
    }

    @Override
    public void endLeafList(QName name) {
        // items stand for themselves
    }

    @Override
    public void close() throws IOException {
        to.flush();
    }

    private void open(QName name) throws IOException {
        to.write('<');
        to.write(name.getLocalName());
        if (!name.getModule().equals(modules.peek())) {
            to.write(" xmlns=\"");
            text(name.getNamespace().toString());
            to.write('"');
        }
    }

    private void end(QName name) throws IOException {
        to.write("</");
        to.write(name.getLocalName());
        to.write('>');
    }

    private void declare(String prefix, String namespace) throws IOException {
        to.write(" xmlns:" + prefix + "=\"");
        text(namespace);
        to.write('"');
    }

    /// Good between tags and between quotes alike.
    private void text(String text) throws IOException {
        int done = 0;
        for (int i = 0; i < text.length(); i++) {
            var escape =
                    switch (text.charAt(i)) {
                        case '&' -> "&amp;";
                        case '<' -> "&lt;";
                        case '>' -> "&gt;";
                        case '"' -> "&quot;";
                        case '\r' -> "&#13;";
                        default -> null;
                    };
            if (escape != null) {
                to.write(text, done, i - done);
                to.write(escape);
                done = i + 1;
            }
        }
        to.write(text, done, text.length() - done);
    }
}
