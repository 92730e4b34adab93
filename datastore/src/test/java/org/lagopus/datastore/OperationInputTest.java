package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.codec.gson.JsonParserStream;
import org.opendaylight.yangtools.yang.data.impl.schema.ImmutableNormalizedNodeStreamWriter;
import org.opendaylight.yangtools.yang.data.impl.schema.NormalizationResultHolder;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// What the input of an operation must have (RFC 7950 §7.14.2), whoever asks for it.
@Tag("R12")
class OperationInputTest {
    private static final QName ORDER =
            QName.create(Shop.MODEL.module("shop").orElseThrow(), "order");
    private static final String WHOLE = "'who':'w','what':['a'],'cash':[null],'to':{'street':'s'}";

    @TempDir Path directory;

    private static ContainerNode input(String content) throws IOException {
        var result = new NormalizationResultHolder();
        var stack = SchemaInferenceStack.of(Shop.MODEL.context());
        stack.enterSchemaTree(ORDER);
        try (var parser =
                JsonParserStream.create(
                        ImmutableNormalizedNodeStreamWriter.from(result),
                        Shop.MODEL.json(),
                        stack.toInference())) {
            parser.parse(
                    new JsonReader(
                            new StringReader(
                                    "{\"shop:input\":{" + content.replace('\'', '"') + "}}")));
        }
        return (ContainerNode) result.getResult().data();
    }

    private @Nullable DataError error(String content) throws Exception {
        try (var store = Datastore.open(Shop.MODEL, directory, Clock.systemUTC())) {
            var done = new AtomicInteger();
            store.operations()
                    .register(
                            ORDER,
                            (_, _) -> {
                                done.incrementAndGet();
                                return Optional.empty();
                            });
            var input = input(content);
            var refused =
                    catchThrowableOfType(
                            DatastoreException.class,
                            () -> store.operations().invoke(ORDER, input, Actor.SYSTEM));
            assertThat(done).hasValue(refused == null ? 1 : 0);
            return refused == null ? null : refused.errors().getFirst();
        }
    }

    @Test
    void whatIsWholeIsCarriedOut() throws Exception {
        assertThat(error(WHOLE)).isNull();
        assertThat(error(WHOLE + ",'note':{'text':'t'},'gift':[{'id':1,'text':'t'}]")).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "missing-element  |                   | who    | 'what':['a'],'cash':[null],'to':{'street':'s'}",
                "operation-failed | too-few-elements  |        | 'who':'w','cash':[null],'to':{'street':'s'}",
                "operation-failed | too-many-elements |        | 'who':'w','what':['a','b','c'],'cash':[null],'to':{'street':'s'}",
                "data-missing     | missing-choice    | how    | 'who':'w','what':['a'],'to':{'street':'s'}",
                "missing-element  |                   | pin    | 'who':'w','what':['a'],'card':'c','to':{'street':'s'}",
                "missing-element  |                   | street | 'who':'w','what':['a'],'cash':[null]",
                "missing-element  |                   | text   | 'who':'w','what':['a'],'cash':[null],'to':{'street':'s'},'note':{}",
                "missing-element  |                   | text   | 'who':'w','what':['a'],'cash':[null],'to':{'street':'s'},'gift':[{'id':1}]",
            })
    void whatLacksSomethingIsRefused(
            String tag, @Nullable String appTag, @Nullable String named, String content)
            throws Exception {
        var error = Objects.requireNonNull(error(content));
        assertThat(error.tag().elementBody()).isEqualTo(tag);
        assertThat(error.appTag()).isEqualTo(appTag);
        if (named != null) {
            assertThat(error.info()).containsValue(named);
        }
    }
}
