package org.lagopus.restconf;

import java.io.Closeable;
import java.io.IOException;
import java.util.Base64;
import java.util.Set;
import java.util.stream.Collectors;
import org.opendaylight.yangtools.yang.common.QName;

/// Where instance data is written to, one node after the other, in one of the two encodings.
///
/// The entries of a list or leaf-list come in one go, between its start and its end.
interface Output extends Closeable {
    void startContainer(QName name) throws IOException;

    void endContainer(QName name) throws IOException;

    void startList(QName name) throws IOException;

    void startEntry(QName name) throws IOException;

    void endEntry(QName name) throws IOException;

    void endList(QName name) throws IOException;

    void leaf(QName name, Object value) throws IOException;

    void startLeafList(QName name) throws IOException;

    void item(QName name, Object value) throws IOException;

    void endLeafList(QName name) throws IOException;

    /// Ends the document; does not close what is below.
    @Override
    void close() throws IOException;

    /// The text of values that are written alike in both encodings.
    static String text(Object value) {
        return switch (value) {
            case byte[] bytes -> Base64.getEncoder().encodeToString(bytes);
            case Set<?> bits ->
                    bits.stream().map(Object::toString).collect(Collectors.joining(" "));
            default -> value.toString();
        };
    }
}
