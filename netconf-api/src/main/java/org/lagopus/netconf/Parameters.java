package org.lagopus.netconf;

import java.util.Set;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DatastoreException;
import org.opendaylight.yangtools.yang.common.ErrorType;

/// Reads the parameters of operations. What is not supported is refused as RFC 7950 §8.3.1 says of
/// nodes whose feature is off: with unknown-element. Nothing is passed over in silence.
final class Parameters {
    static final ErrorType PROTOCOL = ErrorType.PROTOCOL;

    private Parameters() {}

    /// The name of the open parameter, seen to be of the protocol and not given before.
    static String parameter(XmlReader in, Set<String> before) throws DatastoreException {
        // ncclient passes on a <config> that its user gave no namespace.
        boolean bare = in.namespace().isEmpty() && in.name().equals("config");
        if (!bare && !in.namespace().equals(Names.BASE)) {
            throw unsupported(in);
        }
        if (!before.add(in.name())) {
            throw Errors.badElement(PROTOCOL, null, in.name(), in.name() + " is given twice");
        }
        if (!in.name().equals("filter")) {
            noAttributes(in);
        }
        return in.name();
    }

    static void none(XmlReader in) throws XMLStreamException, DatastoreException {
        if (in.next()) {
            throw unsupported(in);
        }
    }

    static void noAttributes(XmlReader in) throws DatastoreException {
        if (in.attributes() > 0) {
            throw Errors.unknownAttribute(PROTOCOL, null, in.name(), in.attributeName(0));
        }
    }

    static DatastoreException unsupported(XmlReader in) {
        return Errors.unknownElement(
                PROTOCOL, null, in.name(), "parameter " + in.name() + " is not supported");
    }

    static DatastoreException badValue(String name, String wanted) {
        return Errors.invalidValue(PROTOCOL, null, name, name + " is " + wanted);
    }

    static <T> T required(@Nullable T value, String name) throws DatastoreException {
        if (value == null) {
            throw Errors.missingElement(PROTOCOL, null, name);
        }
        return value;
    }
}
