package org.lagopus.controller;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The arrows between the folders, as docs/architecture.md draws them.
@Tag("R1")
class ImportDirectionsTest {
    private static final String CONTROLLER = "org.lagopus.controller..";
    private static final String COMPONENT = "org.lagopus.component..";
    private static final String DATASTORE = "org.lagopus.datastore..";
    private static final String NETCONF = "org.lagopus.netconf..";
    private static final String RESTCONF = "org.lagopus.restconf..";

    private static JavaClasses classes;

    @BeforeAll
    static void readsOurClasses() {
        classes =
                new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("org.lagopus");
    }

    @Test
    void theDatastoreKnowsNoNetwork() {
        noClasses()
                .that()
                .resideInAPackage(DATASTORE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        CONTROLLER,
                        COMPONENT,
                        NETCONF,
                        RESTCONF,
                        "io.netty..",
                        "org.eclipse.jetty..",
                        "org.opendaylight.netconf..")
                .check(classes);
        noClasses()
                .that()
                .resideInAPackage(DATASTORE)
                .should()
                .dependOnClassesThat()
                .haveNameMatching("java\\.(net|nio\\.channels)\\..*Socket.*")
                .check(classes);
    }

    @Test
    void componentsKnowNeitherYangLibrariesNorTheController() {
        noClasses()
                .that()
                .resideInAPackage(COMPONENT)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        CONTROLLER,
                        DATASTORE,
                        NETCONF,
                        RESTCONF,
                        "org.opendaylight..",
                        "io.lighty..")
                .check(classes);
    }

    @Test
    void theNorthboundServersKnowTheDatastoreAndNotEachOther() {
        noClasses()
                .that()
                .resideInAPackage(NETCONF)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(CONTROLLER, COMPONENT, RESTCONF)
                .check(classes);
        noClasses()
                .that()
                .resideInAPackage(RESTCONF)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(CONTROLLER, COMPONENT, NETCONF)
                .check(classes);
    }
}
