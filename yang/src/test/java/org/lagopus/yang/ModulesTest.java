package org.lagopus.yang;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opendaylight.yangtools.yang.model.api.DeviateKind;
import org.opendaylight.yangtools.yang.model.api.MandatoryAware;
import org.opendaylight.yangtools.yang.model.api.TypedDataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.stmt.DeviateStatement;
import org.opendaylight.yangtools.yang.model.api.stmt.DeviationStatement;
import org.opendaylight.yangtools.yang.model.api.stmt.ModuleEffectiveStatement;
import org.opendaylight.yangtools.yang.model.api.stmt.RevisionEffectiveStatement;
import org.opendaylight.yangtools.yang.model.api.type.LeafrefTypeDefinition;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

@Tag("R14")
class ModulesTest {
    private static final Pattern STATEMENT =
            Pattern.compile(
                    "^( *)(container|list|leaf|leaf-list|typedef|grouping|augment|enum|extension|revision)"
                            + " [^;{]*\\{$");

    static Stream<String> ours() {
        return Schema.ours().stream();
    }

    private static ModuleEffectiveStatement module(String name) {
        return Schema.context().getModuleStatements().values().stream()
                .filter(m -> m.argument().getLocalName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is not in the model"));
    }

    @Test
    void everyModuleOfOursIsImplementedFromTheFirstMoment() {
        assertThat(FirstModuleSet.IMPLEMENTED).doesNotHaveDuplicates().containsAll(Schema.ours());
    }

    @ParameterizedTest
    @MethodSource("ours")
    void everyModuleOfOursHasARevisionAndANamespaceOfItsOwnName(String name) {
        var module = module(name);
        assertThat(module.findFirstEffectiveSubstatement(RevisionEffectiveStatement.class))
                .isPresent();
        assertThat(module.localQNameModule().namespace().toString())
                .isEqualTo("urn:lagopus:yang:" + name);
    }

    /// By the text and not by the model, so that a node whose module is deviated counts as well.
    @ParameterizedTest
    @MethodSource("ours")
    void everyStatementOfOursThatCanHaveADescriptionHasOne(String name) {
        var bare = new ArrayList<String>();
        var lines = Schema.text(name).lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            var statement = STATEMENT.matcher(lines.get(i));
            if (statement.matches()) {
                var indent = statement.group(1);
                boolean described = false;
                for (int j = i + 1; j < lines.size() && !lines.get(j).equals(indent + "}"); j++) {
                    described |= lines.get(j).startsWith(indent + "  description");
                }
                if (!described) {
                    bare.add((i + 1) + ": " + lines.get(i).strip());
                }
            }
        }
        assertThat(bare).isEmpty();
    }

    @Test
    void everyDataNodeOfOursHasADescription() {
        var bare = new ArrayList<String>();
        Schema.walk(n -> {
            if (Schema.module(n.node().getQName()).startsWith("lagopus-")
                    && n.node().getDescription().isEmpty()) {
                bare.add(n.path());
            }
        });
        assertThat(bare).isEmpty();
    }

    /// A deviation whose target does not exist is an error to the parser; one whose target is still
    /// there has not worked.
    @Test
    void everyDeviationThatIsToRemoveItsTargetDoes() {
        var left = new TreeSet<String>();
        int deviations = 0;
        for (var name : Schema.ours()) {
            for (var statement :
                    Objects.requireNonNull(module(name).getDeclared())
                            .declaredSubstatements(DeviationStatement.class)) {
                boolean removes =
                        statement.declaredSubstatements(DeviateStatement.class).stream()
                                .anyMatch(one -> one.argument() == DeviateKind.NOT_SUPPORTED);
                if (!removes) {
                    continue;
                }
                deviations++;
                var target = statement.argument();
                if (Schema.context().findSchemaTreeNode(target).isPresent()) {
                    left.add(target.toString());
                }
            }
        }
        assertThat(left).isEmpty();
        assertThat(deviations).isGreaterThan(100);
    }

    @Test
    @Tag("R2")
    void everyLeafThatCanBeConfiguredIsImplemented() throws IOException {
        var leaves = new TreeSet<String>();
        Schema.walk(n -> {
            if (n.config() && n.node() instanceof TypedDataSchemaNode) {
                leaves.add(n.path());
            }
        });
        var implemented =
                Files.readAllLines(Path.of("src/test/resources/implemented-leaves.txt")).stream()
                        .filter(l -> !l.startsWith("#"))
                        .collect(Collectors.toCollection(TreeSet::new));
        assertThat(leaves).isEqualTo(implemented);
    }

    /// A leafref into a part that a deviation removed would refuse every value. Those of features
    /// that are not supported stand here, and not in the model of the box.
    @Test
    void everyLeafrefHasItsTarget() {
        var broken = new TreeMap<String, String>();
        Schema.walk(n -> {
            if (n.node() instanceof TypedDataSchemaNode leaf
                    && !n.path().contains("/source-")
                    && leaf.getType() instanceof LeafrefTypeDefinition leafref) {
                try {
                    SchemaInferenceStack.ofDataTreePath(Schema.context(), n.names())
                            .resolveLeafref(leafref);
                } catch (IllegalArgumentException | IllegalStateException e) {
                    broken.put(n.path(), String.valueOf(e.getMessage()));
                }
            }
        });
        assertThat(broken).isEmpty();
    }

    /// Whoever may leave out a part must not be forced to fill it.
    @Test
    void onlyWhatMakesNoSenseOtherwiseIsMandatory() {
        var mandatory = new TreeSet<String>();
        Schema.walk(n -> {
            boolean isRule = n.path().startsWith("/ietf-netconf-acm:nacm/rule-list/rule/");
            if (n.config()
                    && !isRule
                    && n.node() instanceof MandatoryAware m
                    && m.isMandatory()
                    && !n.path().contains("/cert-to-name/")) {
                mandatory.add(n.path());
            }
        });
        assertThat(mandatory)
                .containsExactly(
                        "/ietf-keystore:keystore/asymmetric-keys/asymmetric-key/certificates/certificate/cert-data",
                        "/ietf-truststore:truststore/certificate-bags/certificate-bag/certificate/cert-data",
                        "/openconfig-interfaces:interfaces/interface/config/type");
    }

    @Test
    void nothingStandsAtTheTopOfTheTreeThatNobodyImplements() {
        var tops = new TreeSet<String>();
        Schema.walk(n -> {
            if (n.path().indexOf('/', 1) < 0) {
                tops.add(n.path().substring(1));
            }
        });
        assertThat(tops)
                .containsExactly(
                        "ietf-keystore:keystore",
                        "ietf-netconf-acm:nacm",
                        "ietf-netconf-monitoring:netconf-state",
                        "ietf-restconf-monitoring:restconf-state",
                        "ietf-subscribed-notifications:filters",
                        "ietf-subscribed-notifications:streams",
                        "ietf-subscribed-notifications:subscriptions",
                        "ietf-truststore:truststore",
                        "ietf-yang-library:modules-state",
                        "ietf-yang-library:yang-library",
                        "lagopus-audit:audit",
                        "lagopus-components:components",
                        "lagopus-dataplane:dataplane",
                        "lagopus-events:events",
                        "lagopus-history:history",
                        "lagopus-logging:logging",
                        "lagopus-network-instance:network-instances",
                        "lagopus-northbound:northbound",
                        "lagopus-routes:routes",
                        "lagopus-url:urls",
                        "nc-notifications:netconf",
                        "openconfig-interfaces:interfaces",
                        "openconfig-system:system");
    }

    @Test
    @Tag("R59")
    void volatilityIsAnExtensionThatModulesCanUse() {
        assertThat(Schema.text("lagopus-ext")).contains("extension volatility");
        assertThat(module("lagopus-ext").localQNameModule().revision()).isNotNull();
    }

    @Test
    void theTextsOfTheStandardModulesAreInOnePlaceOnce() throws IOException {
        var byName = new TreeMap<String, Integer>();
        try (var files = Files.list(Schema.TEXTS)) {
            files.map(f -> f.getFileName().toString().replaceAll("(@.*)?\\.yang$", ""))
                    .forEach(n -> byName.merge(n, 1, Integer::sum));
        }
        byName.values().removeIf(n -> n == 1);
        assertThat(byName).isEmpty();
    }
}
