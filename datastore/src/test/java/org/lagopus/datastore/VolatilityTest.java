package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.lagopus.datastore.Shop.ALICE;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// What a module says is volatile is in no configuration, whoever asks.
@Tag("R59")
class VolatilityTest {
    private static final String EXTENSIONS =
            """
            module lagopus-ext {
              namespace "urn:lagopus:yang:lagopus-ext";
              prefix e;
              extension volatility { argument kind; }
              extension api { argument name; }
            }
            """;
    private static final String FLOWS =
            """
            module flows {
              namespace "urn:flows";
              prefix f;
              import lagopus-ext { prefix e; }
              container table {
                leaf size { type uint8; }
                container kept { e:volatility "non-volatile"; leaf a { type string; } }
                list flow {
                  e:volatility "volatile";
                  e:api "flows.table";
                  key id;
                  leaf id { type uint8; }
                }
                container cache { e:volatility "volatile"; leaf b { type string; } }
              }
            }
            """;

    @TempDir Path modules;
    @TempDir Path state;

    private Datastore open() throws Exception {
        Files.writeString(modules.resolve("lagopus-ext.yang"), EXTENSIONS);
        Files.writeString(modules.resolve("flows.yang"), FLOWS);
        var model = Model.load(new ModelSources(List.of(), List.of(modules)));
        return Datastore.open(model, state, Clock.systemUTC());
    }

    private static void edit(Datastore store, String json) throws DatastoreException {
        var root = Shop.root(store.model(), json);
        store.edit(Face.RUNNING, List.of(Edit.merge(YangInstanceIdentifier.of(), root)), ALICE);
    }

    private static DataError refused(Datastore store, String json) {
        var thrown = catchThrowableOfType(DatastoreException.class, () -> edit(store, json));
        return Objects.requireNonNull(thrown).errors().getFirst();
    }

    @Test
    void anEditOfItIsRefusedWithTheInterfaceThatWritesIt() throws Exception {
        try (var store = open()) {
            edit(store, "{'flows:table':{'size':7,'kept':{'a':'x'}}}");
            var flow = refused(store, "{'flows:table':{'size':8,'flow':[{'id':1}]}}");
            assertThat(flow.tag()).isEqualTo(ErrorTag.OPERATION_NOT_SUPPORTED);
            assertThat(flow.message())
                    .isEqualTo(
                            "flow is volatile and no configuration: ask for the interface flows.table, or call its operations");
            assertThat(String.valueOf(flow.path())).contains("flow");
            assertThat(refused(store, "{'flows:table':{'cache':{'b':'y'}}}").message())
                    .isEqualTo("cache is volatile and no configuration");
            assertThat(store.read(Face.RUNNING).readNode(store.model().parse("/flows:table")))
                    .contains(
                            Shop.root(store.model(), "{'flows:table':{'size':7,'kept':{'a':'x'}}}")
                                    .body()
                                    .iterator()
                                    .next());
        }
    }
}
