package io.sampo.config;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/// What modules may know of each other, and what holds in each of them. What core must not touch stands in its own
/// test.
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
    static final ArchRule theStreamClientShowsNoScalaType = methods()
            .that()
            .arePublic()
            .and()
            .areDeclaredInClassesThat()
            .resideInAnyPackage("io.sampo.streams", "io.sampo.streams.admin")
            .should(nameNoTypeOf("scala"))
            .because("its users write Java");

    @ArchTest
    static final ArchRule onlyTheAssemblySeesAllModules = classes()
            .that()
            .resideInAPackage("io.sampo.config..")
            .should()
            .onlyHaveDependentClassesThat()
            .resideInAnyPackage("io.sampo.config..", "io.sampo.bench..", "io.sampo.testkit..");

    @ArchTest
    static final ArchRule coreKnowsNoOtherModule = noClasses()
            .that()
            .resideInAPackage("io.sampo.core..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.sampo.actors..", "io.sampo.tcp..", "io.sampo.persistence..", "io.sampo.config..");

    @ArchTest
    static final ArchRule actorsMeetTheirSiblingsInPorts = siblingsOf("actors", "tcp", "persistence");

    @ArchTest
    static final ArchRule tcpMeetsItsSiblingsInPorts = siblingsOf("tcp", "actors", "persistence");

    @ArchTest
    static final ArchRule persistenceMeetsItsSiblingsInPorts = siblingsOf("persistence", "actors", "tcp");

    /// In every module: `io.sampo.<module>.<feature>`.
    @ArchTest
    static final ArchRule featuresDoNotGoInCircles =
            slices().matching("io.sampo.(*).(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule namesSayTheRole = noClasses()
            .should()
            .haveNameMatching(".*(Manager|Util|Utils|Helper|Helpers|Impl)(\\$.*)?")
            .because("such a name says nothing of what the class decides or owns");

    @ArchTest
    static final ArchRule everyPackageIsNullMarked = classes().should(liveInANullMarkedPackage());

    private static ArchRule siblingsOf(String module, String sibling, String otherSibling) {
        return noClasses()
                .that()
                .resideInAPackage("io.sampo." + module + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.sampo." + sibling + "..", "io.sampo." + otherSibling + "..")
                .because("tcp, actors and persistence meet in ports of core; only cluster-config sees all of them");
    }

    /// Neither as what it returns or takes, nor as an argument of such a type.
    private static ArchCondition<JavaMethod> nameNoTypeOf(String language) {
        return new ArchCondition<>("name no type of " + language) {
            @Override
            public void check(JavaMethod method, ConditionEvents events) {
                boolean names = Stream.concat(Stream.of(method.getReturnType()), method.getParameterTypes().stream())
                        .flatMap(type -> type.getAllInvolvedRawTypes().stream())
                        .anyMatch(type -> type.getPackageName().equals(language)
                                || type.getPackageName().startsWith(language + "."));
                events.add(new SimpleConditionEvent(method, !names, method.getDescription()));
            }
        };
    }

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
