package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opendaylight.yangtools.yang.common.QName;

@Tag("R14")
class ModelTest {
    @Test
    void takesEveryModuleOfADirectoryAndItsImports() {
        var model = Shop.MODEL;
        assertThat(model.context().findModules("shop")).hasSize(1);
        assertThat(model.sources())
                .extracting(ModelSource::name, ModelSource::implemented, ModelSource::isSubmodule)
                .containsExactlyInAnyOrder(
                        org.assertj.core.api.Assertions.tuple("shop", true, false),
                        org.assertj.core.api.Assertions.tuple("shop-ext", true, false),
                        org.assertj.core.api.Assertions.tuple("shop-staff", true, true),
                        org.assertj.core.api.Assertions.tuple("ietf-inet-types", false, false));
        assertThat(model.sources())
                .filteredOn(s -> s.name().equals("shop-staff"))
                .allSatisfy(s -> {
                    assertThat(s.revision()).isEqualTo("2026-01-01");
                    assertThat(s.namespace()).isEqualTo("urn:example:shop");
                    assertThat(s.belongsTo()).isEqualTo("shop");
                    assertThat(s.text()).startsWith("submodule shop-staff");
                });
        assertThat(model.implemented(Shop.NS)).isTrue();
    }

    @Test
    void takesModulesByNameFromTheClassPath() throws Exception {
        var model = Model.load(new ModelSources(List.of("ietf-interfaces"), List.of()));
        assertThat(model.sources())
                .filteredOn(ModelSource::implemented)
                .extracting(ModelSource::name)
                .containsExactly("ietf-interfaces");
        assertThat(model.context().findModules("ietf-yang-types")).hasSize(1);
    }

    @Test
    void whatDependsOnAFeatureThatIsNotSupportedIsNotThere() throws Exception {
        var names = List.of("ietf-netconf-monitoring", "ietf-interfaces");
        var all = Model.load(new ModelSources(names, List.of()));
        var some =
                Model.load(
                        new ModelSources(
                                names,
                                List.of(),
                                Map.of("ietf-interfaces", Set.of("pre-provisioning"))));
        var module = all.context().findModules("ietf-interfaces").iterator().next();
        var index = "/ietf-interfaces:interfaces/interface[name='x']/if-index";
        assertThat(all.parse(index)).isNotNull();
        assertThatThrownBy(() -> some.parse(index)).hasMessageContaining("if-index");
        var mib = QName.create(module.getQNameModule(), "if-mib");
        assertThat(all.supports(mib)).isTrue();
        assertThat(some.supports(mib)).isFalse();
        assertThat(some.supports(QName.create(mib, "pre-provisioning"))).isTrue();
        assertThat(some.contentId()).isNotEqualTo(all.contentId());
    }

    @Test
    void contentIdFollowsTheTexts(@TempDir Path dir) throws Exception {
        Files.writeString(dir.resolve("a.yang"), module("a", "leaf x { type string; }"));
        var first = Model.load(new ModelSources(List.of(), List.of(dir))).contentId();
        assertThat(Model.load(new ModelSources(List.of(), List.of(dir))).contentId())
                .isEqualTo(first);
        Files.writeString(dir.resolve("a.yang"), module("a", "leaf y { type string; }"));
        assertThat(Model.load(new ModelSources(List.of(), List.of(dir))).contentId())
                .isNotEqualTo(first);
    }

    @Test
    void refusesASyntaxErrorWithFileLineAndReason(@TempDir Path dir) throws Exception {
        refused(dir, "module bad {\n  namespace \"urn:bad\";\n  prefix b;\n  leaf x {\n", ":5");
    }

    @Test
    void refusesAnUnknownTypeWithFileLineAndReason(@TempDir Path dir) throws Exception {
        refused(dir, module("bad", "leaf x {\n type nonsense; }"), ":5:", "nonsense");
    }

    @Test
    void refusesAnUnknownStatementWithFileLineAndReason(@TempDir Path dir) throws Exception {
        refused(dir, module("bad", "leef x { type string; }"), ":4:", "leef");
    }

    @Test
    void refusesAnAugmentOfNothingWithFileLineAndReason(@TempDir Path dir) throws Exception {
        refused(dir, module("bad", "augment /b:nowhere { leaf x { type string; } }"), ":4:");
    }

    @Test
    void refusesALeafrefToNowhereWithFile(@TempDir Path dir) throws Exception {
        refused(dir, module("bad", "leaf x { type leafref { path \"/b:nope\"; } }"), "nope");
    }

    @Test
    void refusesADuplicateNodeWithFileLineAndReason(@TempDir Path dir) throws Exception {
        refused(
                dir,
                module("bad", "leaf x { type string; }\n leaf x { type string; }"),
                ":5:",
                "x");
    }

    @Test
    void refusesAnImportOfAMissingModuleNamingBoth(@TempDir Path dir) throws Exception {
        refused(
                dir,
                "module bad { namespace urn:bad; prefix b;\n import not-there { prefix n; } }",
                "not-there");
    }

    @Test
    void refusesATextThatIsNoModule(@TempDir Path dir) throws Exception {
        refused(dir, "container x { leaf y { type string; } }", ":1:");
        refused(dir, "", "bad.yang");
    }

    @Test
    void refusesAModuleNobodyHas() {
        assertThatThrownBy(() -> Model.load(new ModelSources(List.of("no-such"), List.of())))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("no-such");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/shop:name",
                "/shop:motto[.='small is it''s']",
                "/shop:stock/shelf",
                "/shop:stock/shelf[name='a/b']/item[kind='shop:food'][id='7']/price",
                "/shop:stock/shelf[name=\"it's\"]/shop-ext:color",
                "/shop:stock/shelf[name='x']/shop-ext:light/watts",
                "/shop:terminal",
                "/shop:rules/kinds/b/b1",
                "/shop:rules/kinds/c1",
                "/shop:routes/route[id='4294967295']",
                "/shop:staff/person[name='']"
            })
    void pathsGoToTextAndBack(String text) {
        var path = Shop.MODEL.parse(text);
        assertThat(Shop.MODEL.parse(Shop.MODEL.format(path))).isEqualTo(path);
        if (!text.contains("''s")) {
            assertThat(Shop.MODEL.format(path)).isEqualTo(text);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "name",
                "/name",
                "/shop:nope",
                "/nope:name",
                "/shop:stock/shelf[name=x]",
                "/shop:stock/shelf[name='x'",
                "/shop:stock/shelf[name='x]",
                "/shop:stock/shelf[nome='x']",
                "/shop:stock/shelf[name='x'][label='y']",
                "/shop:stock/shelf[name='x']/item[id='1']",
                "/shop:stock/shelf/name",
                "/shop:routes/route[id='-1']",
                "/shop:name/below",
                "/shop:stock/",
                "/shop:stock[name='x']"
            })
    void pathsThatMeanNothingAreRefusedWithAReason(String text) {
        assertThatThrownBy(() -> Shop.MODEL.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("character");
    }

    @Test
    void xpathsCarryAPrefixOnEveryName() {
        var path = Shop.MODEL.parse("/shop:stock/shelf[name='x']/shop-ext:light/watts");
        var xpath = Shop.MODEL.toXPath(path);
        assertThat(xpath.expression()).isEqualTo("/s:stock/s:shelf[s:name='x']/x:light/x:watts");
        assertThat(xpath.namespaces())
                .containsEntry("s", "urn:example:shop")
                .containsEntry("x", "urn:example:shop-ext");
    }

    private static void refused(Path dir, String text, String... words) throws Exception {
        Files.writeString(dir.resolve("bad.yang"), text);
        assertThatThrownBy(() -> Model.load(new ModelSources(List.of(), List.of(dir))))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("bad.yang")
                .hasMessageContainingAll(words);
    }

    private static String module(String name, String body) {
        return "module %s {\n  namespace \"urn:%s\";\n  prefix b;\n  %s\n}\n"
                .formatted(name, name, body);
    }

    @Test
    void aMistakeIsFoundInTheModuleThatHasIt(@TempDir Path directory) throws Exception {
        Files.writeString(
                directory.resolve("wrong.yang"),
                "module wrong {\n namespace \"urn:w\"; prefix w;\n leaf x { type nonsense; }\n}\n");
        var standard =
                List.of("ietf-netconf-monitoring", "ietf-yang-library", "openconfig-interfaces");
        assertThatThrownBy(() -> Model.load(new ModelSources(standard, List.of(directory))))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("wrong.yang:3:")
                .hasMessageContaining("nonsense");
    }
}
