package io.sampo.config;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/// What can only be seen where all modules are there. Each module's own test holds the rest.
@AnalyzeClasses(packages = "io.sampo", importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {
    /// Of tcp it may use the client side, the connection and the loops.
    @ArchTest
    static final ArchRule streamsIsAClientAndKnowsNothingOfTheBroker = noClasses()
            .that()
            .resideInAPackage("io.sampo.streams..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.sampo.core..",
                    "io.sampo.actors..",
                    "io.sampo.persistence..",
                    "io.sampo.config..",
                    "io.sampo.bench..",
                    "io.sampo.tcp.server..",
                    "io.sampo.tcp.security..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule onlyTheAssemblySeesAllModules = classes()
            .that()
            .resideInAPackage("io.sampo.config..")
            .should()
            .onlyHaveDependentClassesThat()
            .resideInAnyPackage("io.sampo.config..", "io.sampo.bench..");

    @ArchTest
    static final ArchRule namesSayTheRole = noClasses()
            .should()
            .haveNameMatching(".*(Manager|Util|Utils|Helper|Helpers|Impl)(\\$.*)?")
            .because("such a name says nothing of what the class decides or owns");
}
