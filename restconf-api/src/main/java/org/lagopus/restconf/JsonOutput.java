package org.lagopus.restconf;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.lagopus.datastore.Fragment;
import org.lagopus.datastore.Model;
import org.opendaylight.yangtools.yang.common.Empty;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.common.Uint8;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// RFC 7951. The type of a value tells how it is written, so no schema is needed.
final class JsonOutput implements Output {
    private final Model model;
    private final Names names;
    private final JsonWriter json;
    private final Deque<QNameModule> modules = new ArrayDeque<>();

    JsonOutput(Model model, Names names, Writer to) throws IOException {
        this.model = model;
        this.names = names;
        json = new JsonWriter(to);
        json.setHtmlSafe(false);
        json.setSerializeNulls(true);
        json.beginObject();
    }

    @Override
    public void startContainer(QName name) throws IOException {
        name(name);
        json.beginObject();
        modules.push(name.getModule());
    }

    @Override
    public void endContainer(QName name) throws IOException {
        modules.pop();
        json.endObject();
    }

    @Override
    public void startList(QName name) throws IOException {
        name(name);
        json.beginArray();
        modules.push(name.getModule());
    }

    @Override
    public void startEntry(QName name) throws IOException {
        json.beginObject();
    }

    @Override
    public void endEntry(QName name) throws IOException {
        json.endObject();
    }

    @Override
    public void endList(QName name) throws IOException {
        modules.pop();
        json.endArray();
    }

    @Override
    public void leaf(QName name, Object value) throws IOException {
        name(name);
        value(value);
    }

    @Override
    public void startLeafList(QName name) throws IOException {
        name(name);
        json.beginArray();
    }

    @Override
    public void item(QName name, Object value) throws IOException {
        value(value);
    }

    @Override
    public void endLeafList(QName name) throws IOException {
        json.endArray();
    }

    @Override
    public void close() throws IOException {
        json.endObject();
        json.flush();
    }

    /// RFC 7951 §4: the module's name where it is not that of the parent.
    private void name(QName name) throws IOException {
        json.name(
                name.getModule().equals(modules.peek())
                        ? name.getLocalName()
                        : names.name(name.getModule()) + ":" + name.getLocalName());
    }

    private void value(Object value) throws IOException {
        switch (value) {
            case String text -> json.value(text);
            case Boolean bool -> json.value(bool.booleanValue());
            case Byte _, Short _, Integer _, Uint8 _, Uint16 _, Uint32 _ ->
                    json.jsonValue(value.toString());
            case Empty _ -> json.beginArray().nullValue().endArray();
            case QName identity ->
                    json.value(names.name(identity.getModule()) + ":" + identity.getLocalName());
            case YangInstanceIdentifier path -> json.value(model.format(path));
            case Fragment fragment -> json.jsonValue(fragment.json(model));
            default -> json.value(Output.text(value));
        }
    }
}
