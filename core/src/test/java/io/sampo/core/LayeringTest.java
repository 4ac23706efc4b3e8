package io.sampo.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
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

/// Core decides and does nothing else (ARCHITECTURE.md): no actors, files, sockets, threads, clock or dice.
/// What holds for every module stands in the test of the same name of cluster-config, which sees them all.
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
}
