package org.lagopus.restconf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.ModelSources;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.model.api.SchemaContext;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

@Tag("R12")
@Tag("R14")
final class InstancesTest {
    private static final String EVERYTHING =
            """
            {"shelf:shelf":{"name":"<a> & \\"b\\" \\u00e9","small":5,"big":"18446744073709551615",\
            "exact":"1.50","open":true,"marked":[null],"color":"shelf-extra:crimson",\
            "points-to":"/shelf:shelf/box[id='x']/item[row='1'][column='c']/what",\
            "flags":"dry fragile","blob":"AQID","either":"none","tag":["b","a"],"step":["b","a"],\
            "ship":{"name":"Argo"},\
            "box":[{"id":"x","weight":4000000000,"shelf-extra:weight":"heavy","like":"x",\
            "item":[{"row":1,"column":"c","what":"w"}]}],\
            "lid":{}}}\
            """;

    static Model model;
    static Names names;

    @BeforeAll
    static void load() throws Exception {
        model = Model.load(new ModelSources(List.of(), List.of(yang())));
        names = new Names(model);
    }

    static Path yang() throws Exception {
        return Path.of(Objects.requireNonNull(InstancesTest.class.getResource("/yang")).toURI());
    }

    private static NormalizedNode read(Media.Encoding encoding, String body)
            throws IOException, Refusal {
        var nodes =
                Nodes.at(
                        YangInstanceIdentifier.of(),
                        new NodeIdentifier(SchemaContext.NAME),
                        model.tree().getRoot());
        BodyReader.of(encoding, model, names, SchemaInferenceStack.of(model.context()), true)
                .child(nodes, new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
        return nodes.single().node();
    }

    static String write(
            Media.Encoding encoding, NormalizedNode node, int depth, Selection selection)
            throws IOException {
        var to = new ByteArrayOutputStream();
        try (var out = new Instances(model, names).output(encoding, to)) {
            new TreeWriter(out, depth).write(node, selection);
        }
        return to.toString(StandardCharsets.UTF_8);
    }

    private static String json(NormalizedNode node) throws IOException {
        return write(Media.Encoding.JSON, node, Integer.MAX_VALUE, Selection.ALL);
    }

    private static String selected(String fields) throws IOException, Refusal {
        var node = read(Media.Encoding.JSON, EVERYTHING);
        var target = Target.parse(model, names, "shelf:shelf");
        return write(
                Media.Encoding.JSON,
                node,
                Integer.MAX_VALUE,
                Selection.parse(fields, target.schema(), names));
    }

    @Test
    void everyTypeSurvivesBothEncodings() throws Exception {
        var fromJson = read(Media.Encoding.JSON, EVERYTHING);
        var xml = write(Media.Encoding.XML, fromJson, Integer.MAX_VALUE, Selection.ALL);
        var fromXml = read(Media.Encoding.XML, xml);
        assertThat(fromXml).isEqualTo(fromJson);
        assertThat(read(Media.Encoding.JSON, json(fromXml))).isEqualTo(fromJson);
        assertThat(xml)
                .contains("<name>&lt;a&gt; &amp; &quot;b&quot; é</name>")
                .contains("xmlns:shelf-extra=\"urn:test:shelf-extra\">shelf-extra:crimson<")
                .contains("<weight xmlns=\"urn:test:shelf-extra\">heavy</weight>")
                .contains("<marked/>");
        assertThat(json(fromJson))
                .contains("\"big\":\"18446744073709551615\"")
                .contains("\"exact\":\"1.5\"")
                .contains("\"weight\":4000000000")
                .contains("\"marked\":[null]")
                .contains(
                        "\"points-to\":\"/shelf:shelf/box[id='x']/item[row='1'][column='c']/what\"");
    }

    @Test
    void entriesMayStandBetweenTheirSiblingsInXml() throws Exception {
        var node =
                read(
                        Media.Encoding.XML,
                        "<shelf xmlns='urn:test:shelf'><box><id>a</id></box><small> 1 </small>"
                                + "<!-- and --><box><weight>2</weight><id>b</id></box></shelf>");
        assertThat(node)
                .isEqualTo(
                        read(
                                Media.Encoding.JSON,
                                "{\"shelf:shelf\":{\"small\":1,\"box\":[{\"id\":\"a\"},"
                                        + "{\"id\":\"b\",\"weight\":2}]}}"));
    }

    @Test
    void depthCountsFromTheTarget() throws Exception {
        var node =
                read(
                        Media.Encoding.JSON,
                        "{\"shelf:shelf\":{\"small\":1,\"lid\":{\"material\":\"oak\"}}}");
        assertThat(write(Media.Encoding.JSON, node, 1, Selection.ALL))
                .isEqualTo("{\"shelf:shelf\":{}}");
        assertThat(write(Media.Encoding.JSON, node, 2, Selection.ALL))
                .isEqualTo("{\"shelf:shelf\":{\"lid\":{},\"small\":1}}");
        assertThat(write(Media.Encoding.JSON, node, 3, Selection.ALL)).isEqualTo(json(node));
    }

    @Test
    void fieldsNameWhatIsWrittenAndKeysComeAlong() throws Exception {
        assertThat(selected("small;box(like;item/what)"))
                .isEqualTo(
                        "{\"shelf:shelf\":{\"box\":[{\"id\":\"x\",\"like\":\"x\","
                                + "\"item\":[{\"row\":1,\"column\":\"c\",\"what\":\"w\"}]}],\"small\":5}}");
        assertThat(selected("box/shelf-extra:weight"))
                .isEqualTo(
                        "{\"shelf:shelf\":{\"box\":[{\"id\":\"x\",\"shelf-extra:weight\":\"heavy\"}]}}");
        assertThat(selected("ship/name"))
                .isEqualTo("{\"shelf:shelf\":{\"ship\":{\"name\":\"Argo\"}}}");
        assertThatThrownBy(() -> selected("box/nothing"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("nothing");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    {"shelf:shelf":{"small":"5"}}                           | invalid-value     | /shelf:shelf/small
                    {"shelf:shelf":{"small":256}}                           | invalid-value     | /shelf:shelf/small
                    {"shelf:shelf":{"big":5}}                               | invalid-value     | /shelf:shelf/big
                    {"shelf:shelf":{"open":"true"}}                         | invalid-value     | /shelf:shelf/open
                    {"shelf:shelf":{"marked":true}}                         | invalid-value     | /shelf:shelf/marked
                    {"shelf:shelf":{"color":"blue"}}                        | invalid-value     | /shelf:shelf/color
                    {"shelf:shelf":{"box":[{"id":"a","weight":-1}]}}        | invalid-value     | /shelf:shelf/box[id='a']/weight
                    {"shelf:shelf":{"box":[{"weight":1}]}}                  | missing-element   |
                    {"shelf:shelf":{"box":[{"id":"a"},{"id":"a"}]}}         | invalid-value     | /shelf:shelf/box[id='a']
                    {"shelf:shelf":{"small":1,"small":2}}                   | bad-element       | /shelf:shelf/small
                    {"shelf:shelf":{"tag":["a","a"]}}                       | invalid-value     | /shelf:shelf/tag
                    {"shelf:shelf":{"road":"B96","ship":{}}}                | bad-element       |
                    {"shelf:shelf":{"none":1}}                              | unknown-element   | /shelf:shelf
                    {"shelf:none":{}}                                       | unknown-element   |
                    {"none:shelf":{}}                                       | unknown-namespace |
                    {"shelf":{}}                                            | malformed-message |
                    {"shelf:shelf":{"state":{"temperature":1}}}             | invalid-value     | /shelf:shelf/state
                    {"shelf:shelf":{"@name":{}}}                            | unknown-attribute |
                    {"shelf:shelf":[]}                                      | malformed-message |
                    {"shelf:shelf":{"box":{}}}                              | malformed-message |
                    {"shelf:shelf":{}} {}                                   | malformed-message |
                    {"shelf:shelf":{},"shelf:shelf":{}}                     | malformed-message |
                    {"shelf:shelf":{                                        | malformed-message |
                    {}                                                      | malformed-message |
                    """)
    void whatIsWrongInJsonIsTold(String body, String tag, String path) {
        refused(Media.Encoding.JSON, body, tag, path);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    <shelf xmlns="urn:test:shelf"><small>x</small></shelf>       | invalid-value     | /shelf:shelf/small
                    <shelf xmlns="urn:test:shelf"><none/></shelf>                | unknown-element   | /shelf:shelf
                    <shelf xmlns="urn:none"/>                                    | unknown-namespace |
                    <shelf/>                                                     | unknown-namespace |
                    <shelf xmlns="urn:test:shelf" operation="delete"/>           | unknown-attribute | /shelf:shelf
                    <shelf xmlns="urn:test:shelf">text</shelf>                   | malformed-message |
                    <shelf xmlns="urn:test:shelf"><lid>text</lid></shelf>        | malformed-message |
                    <shelf xmlns="urn:test:shelf"><name><b/></name></shelf>      | malformed-message |
                    <shelf xmlns="urn:test:shelf">                               | malformed-message |
                    <!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><shelf xmlns="urn:test:shelf"><name>&b;</name></shelf> | malformed-message |
                    """)
    void whatIsWrongInXmlIsTold(String body, String tag, String path) {
        refused(Media.Encoding.XML, body, tag, path);
    }

    private static void refused(Media.Encoding encoding, String body, String tag, String path) {
        assertThatThrownBy(() -> read(encoding, body))
                .asInstanceOf(InstanceOfAssertFactories.type(Refusal.class))
                .satisfies(refusal -> {
                    assertThat(refusal.status()).isEqualTo(400);
                    var error = refusal.errors().getFirst();
                    assertThat(error.tag().elementBody()).isEqualTo(tag);
                    if (path != null) {
                        assertThat(formatted(error)).isEqualTo(path);
                    }
                });
    }

    private static String formatted(DataError error) {
        return model.format(Objects.requireNonNull(error.path()));
    }

    @Test
    void theModulesOwnWordsComeWithAnError() {
        assertThatThrownBy(() -> read(Media.Encoding.JSON, "{\"shelf:shelf\":{\"name\":\"hey!\"}}"))
                .asInstanceOf(InstanceOfAssertFactories.type(Refusal.class))
                .satisfies(refusal -> {
                    assertThat(refusal.errors().getFirst().appTag()).isEqualTo("too-loud");
                    assertThat(refusal).hasMessageContaining("no shouting");
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ''                                    | DATASTORE
                    shelf:shelf                           | CONTAINER
                    shelf:shelf/box                       | LIST
                    shelf:shelf/box=a%2Fb%2Cc             | ENTRY
                    shelf:shelf/box=                      | ENTRY
                    shelf:shelf/box=x/id                  | KEY
                    shelf:shelf/box=x/item=1,%C3%A9       | ENTRY
                    shelf:shelf/box=x/shelf-extra:weight  | LEAF
                    shelf:shelf/ship/name                 | LEAF
                    shelf:shelf/tag                       | LEAF_LIST
                    shelf:shelf/tag=a%2C                  | LEAF_LIST_ENTRY
                    """)
    void aPathNamesAResource(String path, Target.Kind kind) throws Exception {
        assertThat(Target.parse(model, names, path).kind()).isEqualTo(kind);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    shelf                           | invalid-value
                    none:shelf                      | unknown-namespace
                    shelf:none                      | unknown-element
                    shelf:shelf/none                | unknown-element
                    shelf:shelf/shelf-extra:box     | unknown-element
                    shelf:shelf=1                   | invalid-value
                    shelf:shelf/small/x             | unknown-element
                    shelf:shelf/box/weight          | invalid-value
                    shelf:shelf/box=a,b             | invalid-value
                    shelf:shelf/box=x/item=1        | invalid-value
                    shelf:shelf/box=x/item=many,c   | invalid-value
                    shelf:shelf/tag=a,b             | invalid-value
                    shelf:shelf//small              | invalid-value
                    shelf:shelf/box=%zz             | invalid-value
                    """)
    void aPathThatNamesNothingIsRefused(String path, String tag) {
        assertThatThrownBy(() -> Target.parse(model, names, path))
                .asInstanceOf(InstanceOfAssertFactories.type(Refusal.class))
                .satisfies(refusal -> {
                    assertThat(refusal.status()).isEqualTo(400);
                    assertThat(refusal.errors().getFirst().tag().elementBody()).isEqualTo(tag);
                });
    }
}
