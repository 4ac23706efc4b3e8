package io.sampo.persistence;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.jspecify.annotations.NullMarked;

/// What persistence may know of the other modules, and how its own packages stand to each other.
@AnalyzeClasses(packages = "io.sampo.persistence", importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {
    @ArchTest
    static final ArchRule meetsItsSiblingsInPortsOfCore = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.sampo.tcp..",
                    "io.sampo.actors..",
                    "io.sampo.config..",
                    "io.sampo.bench..",
                    "io.sampo.streams..")
            .because("tcp, actors and persistence meet in ports of core; only cluster-config sees all of them");

    @ArchTest
    static final ArchRule featuresDoNotGoInCircles =
            slices().matching("io.sampo.persistence.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule namesSayTheRole = noClasses()
            .should()
            .haveNameMatching(".*(Manager|Util|Utils|Helper|Helpers|Impl)(\\$.*)?")
            .because("such a name says nothing of what the class decides or owns");

    @ArchTest
    static final ArchRule everyPackageIsNullMarked = classes().should(liveInANullMarkedPackage());

    private static ArchCondition<JavaClass> liveInANullMarkedPackage() {
        return new ArchCondition<>("live in a package whose package-info says @NullMarked") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean marked = type.getPackage().isAnnotatedWith(NullMarked.class);
                events.add(new SimpleConditionEvent(type, marked, type.getFullName() + ": no @NullMarked"));
            }
        };
    }
}
