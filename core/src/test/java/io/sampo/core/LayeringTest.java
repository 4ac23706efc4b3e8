package io.sampo.core;

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
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.RandomAccessFile;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.Random;
import java.util.Timer;
import java.util.UUID;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.jspecify.annotations.NullMarked;

/// Core decides and does nothing else (ARCHITECTURE.md): no actors, files, sockets, threads, clock or dice.
@AnalyzeClasses(packages = "io.sampo.core", importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {
    @ArchTest
    static final ArchRule onlyDecides = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.pekko..",
                    "scala..",
                    "java.nio.channels..",
                    "java.nio.file..",
                    "java.net..",
                    "java.util.concurrent..")
            .because("core knows no actors, files, sockets and threads: the shells carry out what it decides");

    @ArchTest
    static final ArchRule touchesNoFilesAndThreadsOfOlderApis = noClasses()
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(
                    File.class,
                    FileInputStream.class,
                    FileOutputStream.class,
                    RandomAccessFile.class,
                    Thread.class,
                    Timer.class);

    @ArchTest
    static final ArchRule readsNoClock = noClasses()
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(Clock.class, Time.class)
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .because("time comes in as nowMs, so that a run can be repeated");

    @ArchTest
    static final ArchRule throwsNoDiceOfItsOwn = noClasses()
            .should()
            .callMethod(Math.class, "random")
            .orShould()
            .callConstructor(Random.class)
            .orShould()
            .callMethod(Uuid.class, "randomUuid")
            .orShould()
            .callMethod(UUID.class, "randomUUID")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(SecureRandom.class)
            .because("chance comes in with a seed, so that a run can be repeated");

    @ArchTest
    static final ArchRule featuresDoNotGoInCircles =
            slices().matching("io.sampo.core.(*)..").should().beFreeOfCycles();

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
