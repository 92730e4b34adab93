package org.lagopus.netconf;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Defaults;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.ModelException;
import org.lagopus.datastore.ModelSources;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;

/// The modules under `src/test/yang`, and short ways to read and write with them.
final class Fixture {
    static final Model MODEL = load();
    static final Defaults DEFAULTS = Defaults.of(MODEL);
    static final SchemaNode ROOT = SchemaNode.root(MODEL, DEFAULTS);

    private Fixture() {}

    private static Model load() {
        try {
            return Model.load(
                    new ModelSources(
                            List.of(
                                    "ietf-netconf-monitoring",
                                    "ietf-netconf-nmda",
                                    "ietf-netconf-partial-lock",
                                    "ietf-netconf-private-candidate",
                                    "ietf-yang-library",
                                    "lagopus-history",
                                    "lagopus-events",
                                    "lagopus-url",
                                    "notifications",
                                    "nc-notifications",
                                    "ietf-netconf-notifications",
                                    "ietf-subscribed-notifications",
                                    "ietf-yang-push"),
                            List.of(Path.of("src/test/yang"))));
        } catch (ModelException e) {
            throw new IllegalStateException(e);
        }
    }

    static XmlReader xml(String document) throws XMLStreamException, DatastoreException {
        var in =
                new XmlReader(
                        XmlReader.factory(),
                        new ByteArrayInputStream(document.getBytes(UTF_8)),
                        1000,
                        20,
                        new Room(100_000, Duration.ZERO).share());
        in.first();
        return in;
    }

    /// `<config>` around the content, with the prefix `nc` for attributes.
    static String config(String content) {
        return "<config xmlns=\"%s\" xmlns:nc=\"%s\">%s</config>"
                .formatted(Names.BASE, Names.BASE, content);
    }

    static List<Edit> edits(Edit.Operation byDefault, String content)
            throws XMLStreamException, DatastoreException {
        var in = xml(config(content));
        var edits = ConfigReader.edits(in, ROOT, byDefault, null);
        in.finish();
        return edits;
    }

    static List<Edit> edits(String content) throws XMLStreamException, DatastoreException {
        return edits(Edit.Operation.MERGE, content);
    }

    static ContainerNode whole(String content) throws XMLStreamException, DatastoreException {
        return ConfigReader.whole(xml(config(content)), ROOT);
    }

    static Filter filter(String content) throws XMLStreamException, DatastoreException {
        return Filter.read(
                xml("<filter xmlns=\"%s\">%s</filter>".formatted(Names.BASE, content)), ROOT, 100);
    }

    static String written(
            @Nullable ContainerNode first, @Nullable ContainerNode second, @Nullable Filter filter)
            throws XMLStreamException {
        return written(DefaultData.explicit(), writer -> writer.write(ROOT, first, second, filter));
    }

    interface Writing {
        void by(DataWriter writer) throws XMLStreamException;
    }

    static String written(DefaultData defaults, Writing writing) throws XMLStreamException {
        var text = new StringWriter();
        var out = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(text);
        writing.by(new DataWriter(out, "", defaults));
        out.flush();
        return text.toString();
    }
}
