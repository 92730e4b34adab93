package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lagopus.datastore.Shop.ALICE;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;

/// A configuration of one set of modules boots under another one.
@Tag("R10")
@Tag("R12")
class UpgradeTest {
    private static final String REVISION = "revision 2026-01-01;";

    @TempDir Path state;
    @TempDir Path modules;

    private Model model(String revision, String body) throws Exception {
        Files.writeString(
                modules.resolve("m.yang"),
                "module m { yang-version 1.1; namespace urn:m; prefix m; %s %s }"
                        .formatted(revision, body));
        return Model.load(new ModelSources(List.of(), List.of(modules)));
    }

    private Model model(String body) throws Exception {
        return model("", body);
    }

    private void migration(String name, String steps) throws IOException {
        Files.createDirectories(modules.resolve("migrations"));
        Files.writeString(
                modules.resolve("migrations").resolve(name),
                "{'namespaces': {'m': 'urn:m'}, 'steps': [%s]}"
                        .formatted(steps)
                        .replace('\'', '"'));
    }

    private Datastore open(Model model) throws IOException {
        return Datastore.open(
                model,
                new Datastore.Settings(
                        state,
                        Clock.systemUTC(),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(1),
                        1 << 20));
    }

    private static void commit(Datastore datastore, String json) throws DatastoreException {
        datastore.edit(
                Face.RUNNING,
                List.of(
                        Edit.merge(
                                YangInstanceIdentifier.of(), Shop.root(datastore.model(), json))),
                ALICE);
    }

    private void stored(Model model, String... jsons) throws Exception {
        try (var datastore = open(model)) {
            for (var json : jsons) {
                commit(datastore, json);
            }
        }
    }

    private static ContainerNode running(Datastore datastore) {
        return Crasher.running(datastore);
    }

    /// What is cut, as `path: reason`.
    private List<String> quarantined() throws IOException {
        var found = new ArrayList<String>();
        for (var cut : cuts()) {
            found.add(cut.get("path").getAsString() + ": " + cut.get("reason").getAsString());
        }
        return found;
    }

    private List<JsonObject> cuts() throws IOException {
        var found = new ArrayList<JsonObject>();
        for (var file : Quarantine.files(state)) {
            JsonParser.parseString(Files.readString(file))
                    .getAsJsonObject()
                    .getAsJsonArray("cut")
                    .forEach(one -> found.add(one.getAsJsonObject()));
        }
        return found;
    }

    /// Boots under the new model, and again, to the same.
    private void boots(Model model, String expected) throws Exception {
        var wanted = Shop.root(model, expected);
        long generation;
        try (var datastore = open(model)) {
            assertThat(running(datastore)).isEqualTo(wanted);
            generation = datastore.generation();
        }
        try (var datastore = open(model)) {
            assertThat(running(datastore)).isEqualTo(wanted);
            assertThat(datastore.generation()).as("once").isEqualTo(generation);
            assertThat(datastore.findings()).isEmpty();
            assertThat(Validation.of(SchemaNode.of(model), running(datastore))).isEmpty();
        }
    }

    @Test
    void whatFitsBootsWithoutAnUpgrade() throws Exception {
        stored(model("container top { leaf a { type string; } }"), "{'m:top':{'a':'x'}}");
        var wider = model("container top { leaf a { type string; } leaf b { type string; } }");
        try (var datastore = open(wider)) {
            assertThat(datastore.findings()).isEmpty();
            assertThat(datastore.generation()).isEqualTo(1);
        }
        boots(wider, "{'m:top':{'a':'x'}}");
        assertThat(quarantined()).isEmpty();
    }

    @Test
    void anotherRevisionOfAModuleTakesEverythingOver() throws Exception {
        var body =
                """
                identity base; identity one { base base; }
                container top {
                  list l { key 'k'; leaf k { type identityref { base base; } }
                           leaf p { type instance-identifier; } }
                  leaf-list s { type int8; ordered-by user; }
                  choice c { leaf x { type empty; } leaf y { type binary; } }
                  leaf b { type bits { bit p; bit q; } }
                  leaf d { type decimal64 { fraction-digits 2; } }
                }\
                """;
        var config =
                """
                {'m:top':{'l':[{'k':'m:one','p':"/m:top/l[k='m:one']/k"}],'s':[3,1,2],'x':[null],
                          'b':'p q','d':'1.5'}}\
                """
                        .replace("\"/m:top/l[k='m:one']/k\"", "'/m:top/d'");
        stored(model("", body), config);
        boots(model(REVISION, body), config);
        assertThat(quarantined()).isEmpty();
    }

    @Test
    void whatTheModelHasNoPlaceForIsCutByItself() throws Exception {
        stored(
                model(
                        """
                        container top { leaf a { type string; } leaf b { type uint32; }
                          container gone { leaf g { type uint64; } }
                          list l { key k; leaf k { type string; } leaf v { type int32; }
                                   leaf w { type int32; } }
                          leaf-list s { type string; } container now-a-list { leaf k { type string; } } }
                        """),
                """
                {'m:top':{'a':'x','b':70000,'gone':{'g':'18446744073709551615'},
                  'l':[{'k':'1','v':300,'w':1},{'k':'two','v':2}],'s':['ok','too long'],
                  'now-a-list':{'k':'z'}}}\
                """);
        boots(
                model(
                        """
                        container top { leaf a { type string; } leaf b { type uint16; }
                          list l { key k; leaf k { type uint8; } leaf v { type int8; }
                                   leaf w { type int64; } }
                          leaf-list s { type string { length 1..4; } }
                          list now-a-list { key k; leaf k { type string; } } }
                        """),
                "{'m:top':{'a':'x','l':[{'k':1,'w':'1'}],'s':['ok']}}");
        assertThat(quarantined())
                .containsExactlyInAnyOrder(
                        "/m:top/b: '70000' is no value of b any more",
                        "/m:top/gone: gone is no configuration the model has here",
                        "/m:top/l[k='1']/v: '300' is no value of v any more",
                        "/m:top/l[k='two']: 'two' is no value of k any more",
                        "/m:top/s[.='too long']: 'too long' is no value of s any more",
                        "/m:top/now-a-list: now-a-list is a list in the model, and the data is"
                                + " not");
        assertThat(cuts().stream().map(cut -> cut.get("value")).toList())
                .contains(
                        JsonParser.parseString("{'m:gone':{'g':'18446744073709551615'}}"),
                        JsonParser.parseString("{'m:l':[{'k':'two','v':2}]}"),
                        JsonParser.parseString("{'m:b':70000}"));
    }

    @Test
    void aModuleThatIsGoneGoesWithItsDataAndItsNameIsStillKnown() throws Exception {
        Files.writeString(
                modules.resolve("n.yang"),
                "module n { namespace urn:n; prefix n; import m { prefix m; } augment /m:top { leaf"
                        + " extra { type string; } } leaf own { type string; } }");
        stored(
                model("container top { leaf a { type string; } }"),
                "{'m:top':{'a':'x','n:extra':'e'},'n:own':'o'}");
        Files.delete(modules.resolve("n.yang"));
        boots(model("container top { leaf a { type string; } }"), "{'m:top':{'a':'x'}}");
        assertThat(quarantined())
                .containsExactlyInAnyOrder(
                        "/m:top/n:extra: extra is no configuration the model has here",
                        "/n:own: own is no configuration the model has here");
    }

    @Test
    void aBrokenMustCostsTheSmallestPartThatMendsIt() throws Exception {
        var before =
                "container top { list port { key name; leaf name { type string; }"
                        + " container config { leaf mtu { type uint16; } leaf up { type boolean; }"
                        + " leaf text { type string; } } } }";
        stored(
                model(before),
                """
                {'m:top':{'port':[{'name':'a','config':{'mtu':9000,'up':true,'text':'t'}},
                                  {'name':'b','config':{'mtu':1500,'up':true}}]}}\
                """);
        boots(
                model(
                        before.replace(
                                "container config {",
                                "container config { must 'not(mtu > 1500)';")),
                """
                {'m:top':{'port':[{'name':'a','config':{'up':true,'text':'t'}},
                                  {'name':'b','config':{'mtu':1500,'up':true}}]}}\
                """);
        assertThat(quarantined())
                .singleElement()
                .asString()
                .startsWith("/m:top/port[name='a']/config/mtu: ");
    }

    @Test
    void whatRefersToNothingAndWhatIsUnderAFalseConditionGo() throws Exception {
        var before =
                """
                container top { leaf kind { type string; } leaf extra { type string; }
                  list l { key k; leaf k { type string; } leaf to { type string; }
                           leaf other { type string; } } }\
                """;
        stored(
                model(before),
                """
                {'m:top':{'kind':'plain','extra':'e',
                  'l':[{'k':'1','to':'2','other':'o'},{'k':'2','to':'9'}]}}\
                """);
        boots(
                model(
                        before.replace("leaf extra {", "leaf extra { when \"../kind = 'fancy'\";")
                                .replace(
                                        "leaf to { type string; }",
                                        "leaf to { type leafref { path '../../l/k'; } }")),
                "{'m:top':{'kind':'plain','l':[{'k':'1','to':'2','other':'o'},{'k':'2'}]}}");
        assertThat(quarantined()).hasSize(2);
    }

    @Test
    void oneCutMayMakeAnotherNecessary() throws Exception {
        var before =
                """
                container top { list l { key k; leaf k { type string; } leaf need { type string; } }
                  list m { key k; leaf k { type string; } leaf to { type string; }
                           leaf then { type string; } } }\
                """;
        stored(
                model(before),
                """
                {'m:top':{'l':[{'k':'1'},{'k':'2','need':'n'}],
                          'm':[{'k':'a','to':'1','then':'x'},{'k':'b','to':'2','then':'y'}]}}\
                """);
        boots(
                model(
                        before.replace(
                                        "leaf need { type string; }",
                                        "leaf need { type string; mandatory true; }")
                                .replace(
                                        "leaf to { type string; }",
                                        "leaf to { mandatory true; type leafref { path '../../l/k';"
                                                + " } }")),
                "{'m:top':{'l':[{'k':'2','need':'n'}],'m':[{'k':'b','to':'2','then':'y'}]}}");
        assertThat(quarantined())
                .anySatisfy(
                        cut -> assertThat(cut).contains("l[k='1']", "mandatory need is missing"))
                .anySatisfy(cut -> assertThat(cut).contains("m[k='a']", "does not exist"));
    }

    @Test
    void surplusEntriesGoAndThoseThatAreNotUnique() throws Exception {
        var before =
                """
                container top { leaf-list s { type string; ordered-by user; }
                  list l { key k; leaf k { type string; } leaf port { type uint16; } } }\
                """;
        stored(
                model(before),
                """
                {'m:top':{'s':['a','b','c','d'],
                  'l':[{'k':'1','port':80},{'k':'2','port':80},{'k':'3','port':81}]}}\
                """);
        boots(
                model(
                        before.replace("ordered-by user;", "ordered-by user; max-elements 2;")
                                .replace("key k;", "key k; unique port;")),
                "{'m:top':{'s':['a','b'],'l':[{'k':'1','port':80},{'k':'3','port':81}]}}");
        assertThat(quarantined()).hasSize(3);
    }

    @Test
    void aChoiceAroundWhatWasThereAndLeavesThatBecomeLeafLists() throws Exception {
        stored(
                model(
                        """
                        container top { leaf a { type string; } leaf b { type string; }
                          leaf one { type uint8; } leaf-list some { type uint8; } }\
                        """),
                "{'m:top':{'a':'x','b':'y','one':1,'some':[5]}}");
        boots(
                model(
                        """
                        container top { choice c { leaf a { type string; } leaf b { type string; } }
                          leaf-list one { type uint8; } leaf some { type uint16; } }\
                        """),
                "{'m:top':{'a':'x','one':[1],'some':5}}");
        assertThat(quarantined())
                .containsExactly("/m:top/b: another case of choice c is there as well");
    }

    @Test
    void migrationsRunOnceInOrderBeforeAnythingIsCut() throws Exception {
        var old =
                """
                container top { list port { key name; leaf name { type string; }
                  leaf speed { type uint32; } leaf mode { type string; } leaf colour { type string; } }
                  container set { leaf-list tag { type string; } } }\
                """;
        stored(
                model(old),
                """
                {'m:top':{'port':[{'name':'a','speed':10,'mode':'fast','colour':'red'},
                                  {'name':'b','mode':'slow'}],'set':{'tag':['x','y']}}}\
                """);
        migration("m-0002.json", "{'move':'/m:top/port/pace','to':'/m:top/port/rate/bits'}");
        migration(
                "m-0001.json",
                """
                {'move':'/m:top/port/speed','to':'/m:top/port/pace'},
                {'replace':'/m:top/port/mode','values':{'fast':'quick'}},
                {'replace':'/m:top/set/tag','values':{'x':'z'}},
                {'set':'/m:top/port/unit','value':'7'},
                {'remove':'/m:top/port/colour'},
                {'move':'/m:top/set','to':'/m:top/group'}\
                """);
        var young =
                model(
                        """
                        container top { list port { key name; leaf name { type string; }
                          container rate { leaf bits { type uint64; } }
                          leaf mode { type enumeration { enum quick; enum slow; } }
                          leaf unit { type uint8; } }
                          container group { leaf-list tag { type string; } } }\
                        """);
        var expected =
                """
                {'m:top':{'port':[{'name':'a','rate':{'bits':'10'},'mode':'quick','unit':7},
                                  {'name':'b','mode':'slow','unit':7}],'group':{'tag':['z','y']}}}\
                """;
        boots(young, expected);
        assertThat(quarantined()).isEmpty();
        try (var datastore = open(young)) {
            assertThat(datastore.last().orElseThrow().comment()).contains("2 migrations");
            datastore.edit(
                    Face.RUNNING,
                    List.of(
                            Edit.remove(young.parse("/m:top/port[name='a']/unit")),
                            Edit.remove(young.parse("/m:top/port[name='b']/unit"))),
                    ALICE);
        }
        boots(young, expected.replace(",'unit':7", ""));
    }

    @Test
    void aModuleIsRenamedByAMigration() throws Exception {
        Files.writeString(
                modules.resolve("old.yang"),
                "module old { yang-version 1.1; namespace urn:old; prefix o; identity b; identity i"
                        + " { base b; } container top { list l { key k; leaf k { type identityref {"
                        + " base b; } } } } }");
        stored(
                Model.load(new ModelSources(List.of(), List.of(modules))),
                "{'old:top':{'l':[{'k':'old:i'}]}}");
        Files.delete(modules.resolve("old.yang"));
        migration("m-0001.json", "{'namespace':'urn:old','to':'urn:m'}");
        boots(
                model(
                        "identity b; identity i { base b; } container top { list l { key k; leaf k"
                                + " { type identityref { base b; } } } }"),
                "{'m:top':{'l':[{'k':'m:i'}]}}");
    }

    @Test
    void aBoxThatHadNothingIsNotMigrated() throws Exception {
        migration("m-0001.json", "{'move':'/m:a','to':'/m:b'}");
        var model = model("leaf a { type string; } leaf b { type string; }");
        stored(model, "{'m:a':'x'}");
        boots(model, "{'m:a':'x'}");
    }

    @Test
    void aBadMigrationIsRefusedWithFileAndReason() throws Exception {
        for (var steps :
                List.of(
                        "{'frobnicate':'/m:a'}",
                        "{'move':'/m:a'}",
                        "{'move':'m:a','to':'/m:b'}",
                        "{'move':'/x:a','to':'/m:b'}",
                        "{'set':'/m:a','value':'1','more':'2'}")) {
            migration("m-0001.json", steps);
            assertThatThrownBy(() -> model("leaf a { type string; }"))
                    .as(steps)
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("m-0001.json: no migration: ");
        }
        Files.delete(modules.resolve("migrations/m-0001.json"));
        migration("m-1.json", "");
        assertThatThrownBy(() -> model("leaf a { type string; }"))
                .hasMessageContaining("MODULE-NNNN.json");
    }

    @Test
    void theUpgradeIsACommitAndHistoryGoesBackAcrossIt() throws Exception {
        stored(
                model("container top { leaf a { type string; } leaf b { type string; } }"),
                "{'m:top':{'a':'1','b':'gone'}}",
                "{'m:top':{'a':'2'}}");
        var young = model(REVISION, "container top { leaf a { type string; } }");
        boots(young, "{'m:top':{'a':'2'}}");
        try (var datastore = open(young)) {
            commit(datastore, "{'m:top':{'a':'4'}}");
            var last = datastore.history().before(Long.MAX_VALUE, 10);
            assertThat(last).extracting(History.Entry::generation).containsExactly(4L, 3L, 2L, 1L);
            assertThat(last.get(1).commit().comment())
                    .isEqualTo(
                            "upgrade to other modules: 1 parts did not fit and are kept in"
                                    + " quarantine.3.json");
            assertThat(datastore.content(2)).isEqualTo(Shop.root(young, "{'m:top':{'a':'2'}}"));
            assertThat(datastore.content(1)).isEqualTo(Shop.root(young, "{'m:top':{'a':'1'}}"));
            datastore.rollBack(1, ALICE, null);
            assertThat(running(datastore)).isEqualTo(Shop.root(young, "{'m:top':{'a':'1'}}"));
        }
        boots(young, "{'m:top':{'a':'1'}}");
    }

    @Test
    void theRescueConfigurationIsUpgradedWhenItIsUsed() throws Exception {
        var old = model("container top { leaf a { type string; } leaf b { type string; } }");
        try (var datastore = open(old)) {
            commit(datastore, "{'m:top':{'a':'1','b':'2'}}");
            datastore.saveRescue();
            commit(datastore, "{'m:top':{'a':'other'}}");
        }
        migration("m-0001.json", "{'move':'/m:top/b','to':'/m:top/c'}");
        var young = model("container top { leaf a { type string; } leaf c { type string; } }");
        try (var datastore = open(young)) {
            datastore.rollBackToRescue(ALICE, null);
            assertThat(running(datastore))
                    .isEqualTo(Shop.root(young, "{'m:top':{'a':'1','c':'2'}}"));
        }
    }

    /// The file is written before the commit; a start that dies in between does it once more.
    @Test
    void aStartThatDiedBetweenQuarantineAndCommitIsDoneAgainToTheSameEnd() throws Exception {
        stored(
                model("container top { leaf a { type string; } leaf b { type string; } }"),
                "{'m:top':{'a':'1','b':'2'}}");
        var before = new java.util.HashMap<Path, byte[]>();
        for (var file : Files.list(state).toList()) {
            before.put(file, Files.readAllBytes(file));
        }
        var young = model("container top { leaf a { type string; } }");
        open(young).close();
        var kept = Files.readString(state.resolve("quarantine.2.json"));
        for (var file : Files.list(state).toList()) {
            if (!file.getFileName().toString().startsWith("quarantine")) {
                Files.delete(file);
            }
        }
        for (var file : before.entrySet()) {
            Files.write(file.getKey(), file.getValue());
        }
        boots(young, "{'m:top':{'a':'1'}}");
        assertThat(Quarantine.files(state)).hasSize(1);
        assertThat(state.resolve("quarantine.2.json")).hasContent(kept);
    }

    @Test
    void whatIsMandatoryAtTheTopIsToldAndTheRestBoots() throws Exception {
        stored(model("leaf a { type string; }"), "{'m:a':'1'}");
        var young = model("leaf a { type string; } leaf b { type string; mandatory true; }");
        try (var datastore = open(young)) {
            assertThat(running(datastore)).isEqualTo(Shop.root(young, "{'m:a':'1'}"));
            assertThat(datastore.findings())
                    .singleElement()
                    .asString()
                    .contains("/m:b", "mandatory b is missing", "next commit");
        }
    }

    @Test
    void manyMistakesCostRoundsNotOneValidationEach() throws Exception {
        var before =
                "container top { list l { key k; leaf k { type uint32; } leaf to { type uint32; } }"
                        + " }";
        var entries = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            entries.append(i == 0 ? "" : ",")
                    .append("{'k':%d,'to':%d}".formatted(i, i % 2 == 0 ? i : i + 100_000));
        }
        stored(model(before), "{'m:top':{'l':[" + entries + "]}}");
        var young =
                model(
                        before.replace(
                                "leaf to { type uint32; }",
                                "leaf to { type leafref { path '../../l/k'; } }"));
        try (var datastore = open(young)) {
            assertThat(datastore.findings()).singleElement().asString().contains("10000 parts");
        }
    }
}
