package org.lagopus.netconf;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Map;
import java.util.function.Supplier;
import javax.xml.stream.XMLStreamException;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Defaults;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;

/// Configurations as documents behind URLs: a `config` element each (RFC 6241 §8.8), read within
/// the limits of messages.
final class UrlContent {
    /// Reads the open `config` element to its end.
    @FunctionalInterface
    interface Config<T> {
        T read(XmlReader in, SchemaNode root) throws XMLStreamException, DatastoreException;
    }

    private final Urls urls;
    private final Schemas schemas;
    private final Supplier<Settings> settings;

    UrlContent(Urls urls, Schemas schemas, Supplier<Settings> settings) {
        this.urls = urls;
        this.schemas = schemas;
        this.settings = settings;
    }

    <T> T read(URI url, Session by, Config<T> config) throws DatastoreException {
        return urls.read(
                url,
                content -> {
                    var limited = new Limited(content, settings.get().maxMessage());
                    try {
                        var in =
                                new XmlReader(
                                        XmlReader.factory(),
                                        limited,
                                        settings.get().maxText(),
                                        settings.get().maxDepth(),
                                        by.room());
                        in.first();
                        if (!in.is(Names.BASE, "config")) {
                            throw Errors.badElement(
                                    ErrorType.APPLICATION,
                                    null,
                                    in.name(),
                                    url + " holds no config of " + Names.BASE);
                        }
                        var read = config.read(in, schemas.now().root());
                        in.finish();
                        return read;
                    } catch (XMLStreamException e) {
                        if (limited.isOver()) {
                            throw Errors.tooBig(
                                    ErrorType.APPLICATION,
                                    "%s is longer than %d octets"
                                            .formatted(url, settings.get().maxMessage()));
                        }
                        throw Errors.refuse(
                                ErrorType.APPLICATION,
                                ErrorTag.OPERATION_FAILED,
                                null,
                                url + " is no well-formed XML: " + e.getMessage(),
                                Map.of());
                    }
                });
    }

    ContainerNode whole(URI url, Session by) throws DatastoreException {
        return read(url, by, ConfigReader::whole);
    }

    void write(URI url, ContainerNode content, DefaultData.Mode mode, Defaults defaults)
            throws DatastoreException {
        urls.write(
                url,
                to -> {
                    try {
                        var out = Reply.writer(to);
                        out.writeStartDocument("UTF-8", "1.0");
                        out.writeStartElement("", "config", Names.BASE);
                        out.writeDefaultNamespace(Names.BASE);
                        new DataWriter(out, Names.BASE, DefaultData.of(mode, defaults, content))
                                .write(schemas.now().root(), content, null, null);
                        out.writeEndElement();
                        out.writeEndDocument();
                        out.flush();
                    } catch (XMLStreamException e) {
                        throw new IOException(e.getMessage(), e);
                    }
                });
    }

    void delete(URI url) throws DatastoreException {
        urls.delete(url);
    }

    /// Ends with an exception where there is more than is allowed.
    private static final class Limited extends InputStream {
        private final InputStream in;
        private long left;

        Limited(InputStream in, long limit) {
            this.in = in;
            left = limit;
        }

        boolean isOver() {
            return left < 0;
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            int n = in.read(to, offset, length);
            left -= Math.max(n, 0);
            if (left < 0) {
                throw new IOException("too long");
            }
            return n;
        }
    }
}
