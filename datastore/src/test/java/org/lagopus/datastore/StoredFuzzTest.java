package org.lagopus.datastore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.lagopus.datastore.Shop.merge;
import static org.lagopus.datastore.Shop.remove;
import static org.lagopus.datastore.Shop.root;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/// What is read from the disk, and paths as others write them.
class StoredFuzzTest {
    static Stream<byte[]> records() throws Exception {
        var before =
                root(
                        "{'shop:name':'n','shop:motto':['m'],'shop:stock':{'shelf':[{'name':'a','tag':['x','y']}]}}");
        var draft = new Draft(Shop.SCHEMA, before);
        draft.apply(
                List.of(
                        merge(
                                "{'shop:stock':{'shelf':[{'name':'b','item':[{'kind':'shop:food','id':1,'price':'1.00'}]}]}}"),
                        remove("/shop:motto[.='m']")));
        return Stream.of(
                EditCodec.encode(
                        Shop.SCHEMA,
                        Change.between(before, draft.root(), draft.touched()).orElseThrow()));
    }

    @MethodSource("records")
    @FuzzTest
    void aRecordsContentIsEditsOrBroken(byte[] content) {
        try {
            var draft = new Draft(Shop.SCHEMA, Nodes.emptyRoot());
            draft.apply(EditCodec.decode(content));
            draft.apply(EditCodec.undo(content));
        } catch (IOException | DatastoreException _) {
            // the defined ends
        }
    }

    static Stream<byte[]> snapshots() throws Exception {
        var bytes = new ByteArrayOutputStream();
        EditCodec.write(
                new DataOutputStream(bytes),
                root(
                        "{'shop:name':'n','shop:motto':['m'],'shop:routes':{'route':[{'id':7,'metric':9}]}}"));
        return Stream.of(bytes.toByteArray());
    }

    @MethodSource("snapshots")
    @FuzzTest
    void aSnapshotsContentIsATreeOrBroken(byte[] content) {
        try {
            var root = EditCodec.read(new DataInputStream(new ByteArrayInputStream(content)));
            new Draft(Shop.SCHEMA, Nodes.emptyRoot())
                    .apply(
                            Edit.merge(
                                    org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier
                                            .of(),
                                    root));
        } catch (IOException | DatastoreException _) {
            // the defined ends
        }
    }

    @DictionaryEntries({
        "/shop:stock",
        "/shelf[name='a']",
        "/shop:routes/route[id='1']",
        "[.='x']",
        "[kind='shop:food']",
        "/shop-ext:color"
    })
    @FuzzTest
    void aPathIsOfTheModelOrRefused(byte[] text) {
        try {
            var path = Shop.MODEL.parse(new String(text, UTF_8));
            if (!Shop.MODEL.parse(Shop.MODEL.format(path)).equals(path)) {
                throw new AssertionError(Shop.MODEL.format(path));
            }
        } catch (IllegalArgumentException _) {
            // the defined end
        }
    }
}
