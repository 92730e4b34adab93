package org.lagopus.agent.dataplane;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Who may know whom.
@Tag("R1")
class ImportsTest {
    private static final String HERE = "org.lagopus.agent.dataplane";
    private static JavaClasses classes = new ClassFileImporter().importPackages();

    @BeforeAll
    static void read() {
        classes =
                new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages(HERE);
    }

    @Test
    void theModelKnowsNobody() {
        noClasses()
                .that()
                .resideInAPackage("..model..")
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages(
                        "java..", "org.jspecify..", "org.lagopus.component.ip..", "..model..")
                .check(classes);
    }

    @Test
    void theConfigurationKnowsNoWorker() {
        noClasses()
                .that()
                .resideInAPackage("..config..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("..worker..", "org.lagopus.component.ring..")
                .check(classes);
    }

    @Test
    void theWorkerSideKnowsNoConfiguration() {
        noClasses()
                .that()
                .resideInAPackage("..worker..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("..config..")
                .check(classes);
    }

    @Test
    @Tag("R3")
    void theAgentStandsOnTheComponentApiAlone() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages(
                        "java..",
                        "org.jspecify..",
                        "org.slf4j..",
                        "com.fasterxml.jackson..",
                        "org.lagopus.component..",
                        HERE + "..")
                .check(classes);
    }
}
