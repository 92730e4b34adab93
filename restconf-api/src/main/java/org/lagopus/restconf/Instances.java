package org.lagopus.restconf;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Model;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.common.Revision;
import org.opendaylight.yangtools.yang.common.XMLNamespace;

/// The names of `ietf-restconf` (RFC 8040 §8), and how documents of it begin.
final class Instances {
    static final QNameModule RESTCONF =
            QNameModule.of(
                    XMLNamespace.of("urn:ietf:params:xml:ns:yang:ietf-restconf"),
                    Revision.of("2017-01-26"));
    static final QName DATA = QName.create(RESTCONF, "data");

    private static final QName ERRORS = QName.create(RESTCONF, "errors");
    private static final QName ERROR = QName.create(RESTCONF, "error");

    private final Model model;
    private final Names names;

    Instances(Model model, Names names) {
        this.model = model;
        this.names = names;
    }

    Output output(Media.Encoding encoding, OutputStream to) throws IOException {
        Writer text = new BufferedWriter(new OutputStreamWriter(to, StandardCharsets.UTF_8), 8192);
        return switch (encoding) {
            case JSON -> new JsonOutput(model, names, text);
            case XML -> new XmlOutput(model, names, text);
        };
    }

    /// The errors of a refusal (RFC 8040 §7.1).
    void errors(Refusal refusal, Media.Encoding encoding, OutputStream to) throws IOException {
        try (var out = output(encoding, to)) {
            out.startContainer(ERRORS);
            out.startList(ERROR);
            for (var error : refusal.errors()) {
                error(error, out);
            }
            out.endList(ERROR);
            out.endContainer(ERRORS);
        }
    }

    private static void error(DataError error, Output out) throws IOException {
        out.startEntry(ERROR);
        out.leaf(name("error-type"), error.type().elementBody());
        out.leaf(name("error-tag"), error.tag().elementBody());
        var appTag = error.appTag();
        if (appTag != null) {
            out.leaf(name("error-app-tag"), appTag);
        }
        var path = error.path();
        if (path != null && !path.isEmpty()) {
            out.leaf(name("error-path"), path);
        }
        out.leaf(name("error-message"), error.message());
        out.endEntry(ERROR);
    }

    static QName name(String local) {
        return QName.create(RESTCONF, local);
    }
}
