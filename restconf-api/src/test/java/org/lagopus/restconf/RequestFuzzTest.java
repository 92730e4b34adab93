package org.lagopus.restconf;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.UrlEncoded;
import org.junit.jupiter.api.BeforeAll;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.model.api.SchemaContext;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// Bodies, resource paths and queries of requests: understood or refused.
final class RequestFuzzTest {
    @BeforeAll
    static void load() throws Exception {
        InstancesTest.load();
    }

    @DictionaryEntries({
        "{\"shelf:shelf\":{",
        "\"name\":",
        "\"box\":[{\"id\":\"x\"",
        "\"marked\":[null]",
        "\"big\":\"1\"",
        "\"shelf-extra:weight\":",
        "1e400",
        "\\u0000",
        "\\ud800",
        "[[[[",
        "\"points-to\":\"/shelf:shelf\""
    })
    @FuzzTest
    void aJsonBodyIsDataOrRefused(byte[] body) throws Exception {
        body(Media.Encoding.JSON, body);
    }

    @DictionaryEntries({
        "<shelf xmlns=\"urn:test:shelf\">",
        "<box><id>x</id>",
        "<marked/>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]>",
        "&#0;",
        "<![CDATA["
    })
    @FuzzTest
    void anXmlBodyIsDataOrRefused(byte[] body) throws Exception {
        body(Media.Encoding.XML, body);
    }

    private static void body(Media.Encoding encoding, byte[] body) throws Exception {
        NormalizedNode node;
        try {
            node = read(encoding, body);
        } catch (IOException | Refusal _) {
            return;
        }
        for (var each : Media.Encoding.values()) {
            var written = InstancesTest.write(each, node, Integer.MAX_VALUE, Selection.ALL);
            assertThat(read(each, written.getBytes(StandardCharsets.UTF_8))).isEqualTo(node);
        }
    }

    private static NormalizedNode read(Media.Encoding encoding, byte[] body)
            throws IOException, Refusal {
        var nodes =
                Nodes.at(
                        YangInstanceIdentifier.of(),
                        new NodeIdentifier(SchemaContext.NAME),
                        InstancesTest.model.tree().getRoot());
        BodyReader.of(
                        encoding,
                        InstancesTest.model,
                        InstancesTest.names,
                        SchemaInferenceStack.of(InstancesTest.model.context()),
                        true)
                .child(nodes, new ByteArrayInputStream(body));
        return nodes.single().node();
    }

    @DictionaryEntries({
        "shelf:shelf",
        "/box=x",
        "/item=1,c",
        "/tag=a",
        "%2F",
        "%00",
        "%C3%28",
        "shelf-extra:",
        "?depth=2",
        "&fields=box(id;item)",
        "content=config"
    })
    @FuzzTest
    void aPathWithItsQueryNamesDataOrIsRefused(byte[] octets) {
        var uri = new String(octets, StandardCharsets.UTF_8);
        int mark = uri.indexOf('?');
        try {
            var target =
                    Target.parse(
                            InstancesTest.model,
                            InstancesTest.names,
                            mark < 0 ? uri : uri.substring(0, mark));
            if (mark >= 0) {
                var fields = new Fields(true);
                try {
                    UrlEncoded.decodeUtf8To(uri.substring(mark + 1), fields);
                } catch (IllegalArgumentException _) {
                    return;
                }
                var selected = Query.retrieval(fields).fields();
                if (selected != null) {
                    var _ = Selection.parse(selected, target.schema(), InstancesTest.names);
                }
            }
        } catch (Refusal _) {
            // the defined end
        }
    }
}
