package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

@Tag("R12")
class RulesTest {
    private static final Model MODEL = Shop.load("/rules");
    private static final SchemaNode SCHEMA = SchemaNode.of(MODEL);

    @TempDir private Path directory;

    private static List<DataError> errors(String json) {
        return Validation.of(SCHEMA, Shop.root(MODEL, json));
    }

    private static Edit merge(String json) {
        return Edit.merge(YangInstanceIdentifier.of(), Shop.root(MODEL, json));
    }

    @Test
    void aMustSpeaksAsTheModelLetsIt() {
        var own = errors("{'rules:core':{'least':5,'most':2}}").getFirst();
        assertThat(own.tag()).isEqualTo(ErrorTag.OPERATION_FAILED);
        assertThat(own.appTag()).isEqualTo("size");
        assertThat(own.message()).isEqualTo("most is below least");
        assertThat(own.path()).isEqualTo(MODEL.parse("/rules:core/most"));
        var plain = errors("{'rules:choices':{'sees-solid':[null]}}").getFirst();
        assertThat(plain.appTag()).isEqualTo("must-violation");
        assertThat(plain.message()).contains("../solid");
    }

    @Test
    void identitiesAreComparedWithTheirBases() {
        assertThat(errors("{'rules:core':{'kind':'rules:duck','c10':[null]}}")).isEmpty();
        assertThat(errors("{'rules:core':{'kind':'rules:bird','c10':[null]}}")).hasSize(1);
        assertThat(errors("{'rules:core':{'kind':'rules:bird','c11':[null]}}")).isEmpty();
        assertThat(errors("{'rules:core':{'kind':'rules:fish','c11':[null]}}")).hasSize(1);
        assertThat(errors("{'rules:core':{'kind':'rules:duck','c13':[null]}}")).isEmpty();
        assertThat(errors("{'rules:core':{'kind':'rules:fish','c13':[null]}}")).hasSize(1);
    }

    /// As OpenConfig does; yanglint takes the condition for one that never holds.
    @Test
    void anEnumerationMayBeWrittenWithAPrefix() {
        assertThat(errors("{'rules:prefixed':{'mode':'on','set':'x'}}")).isEmpty();
        assertThat(errors("{'rules:prefixed':{'mode':'off','set':'x'}}")).hasSize(1);
    }

    @Test
    void derefFollowsALeafref() {
        var json =
                "{'rules:shapes':{'shape':[{'name':'a','sides':%d},{'name':'b','twin':'a','sides':%d,'deep':[null]}]}}";
        assertThat(errors(json.formatted(4, 4))).isEmpty();
        assertThat(errors(json.formatted(3, 3))).hasSize(1);
    }

    @Test
    void whatIsNotUniqueIsNamed() {
        var error =
                errors(
                                "{'rules:shapes':{'shape':[{'name':'a','place':{'x':1}},{'name':'b','place':{'x':1,'y':0}},{'name':'c'}]}}")
                        .getFirst();
        assertThat(error.tag()).isEqualTo(ErrorTag.OPERATION_FAILED);
        assertThat(error.appTag()).isEqualTo("data-not-unique");
        assertThat(error.nonUnique())
                .extracting(MODEL::format)
                .contains(
                        "/rules:shapes/shape[name='a']/place/x",
                        "/rules:shapes/shape[name='b']/place/y");
        assertThat(errors("{'rules:shapes':{'shape':[{'name':'a'},{'name':'b'}]}}")).isEmpty();
    }

    @Test
    void whatLosesItsConditionGoesByItselfAndWhatComesWithoutItIsRefused() throws Exception {
        try (var store = Datastore.open(MODEL, directory, Clock.systemUTC())) {
            store.edit(
                    Face.RUNNING,
                    List.of(
                            merge(
                                    "{'rules:gated':{'open':true,'inside':'i','behind':'b','room':{'chair':'c'}}}")),
                    Shop.ALICE);
            store.edit(Face.CANDIDATE, List.of(merge("{'rules:gated':{'open':false}}")), Shop.BOB);
            store.commit(Shop.BOB, null);
            var gated = MODEL.parse("/rules:gated");
            for (var face : Face.values()) {
                assertThat(store.read(face).readNode(gated))
                        .contains(
                                Shop.root(MODEL, "{'rules:gated':{'open':false}}")
                                        .body()
                                        .iterator()
                                        .next());
            }
            var refused =
                    catchThrowableOfType(
                            DatastoreException.class,
                            () ->
                                    store.edit(
                                            Face.RUNNING,
                                            List.of(merge("{'rules:gated':{'inside':'i'}}")),
                                            Shop.ALICE));
            assertThat(refused.errors())
                    .extracting(DataError::tag)
                    .containsExactly(ErrorTag.UNKNOWN_ELEMENT);
        }
    }

    @Test
    void allRulesThatBreakAreTold() {
        assertThat(
                        errors(
                                "{'rules:core':{'least':5,'most':2,'c9':[null]},'rules:strict':{'a':'x'},'rules:gated':{'open':true,'level':2}}"))
                .extracting(DataError::tag)
                .containsExactlyInAnyOrder(
                        ErrorTag.OPERATION_FAILED,
                        ErrorTag.OPERATION_FAILED,
                        ErrorTag.OPERATION_FAILED,
                        ErrorTag.DATA_MISSING);
    }
}
