package io.sampo.chaos;

import io.sampo.chaos.checker.Checker;
import io.sampo.chaos.checker.Verdict;
import io.sampo.chaos.history.HistoryFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `./sampo chaos check`: judges a history that a run left behind.
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        description = "Check a history again. Exit code 1 when it breaks a promise.")
public final class CheckCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "history.txt of a run.")
    private @Nullable Path file;

    @Option(
            names = "--recovery",
            paramLabel = "N",
            description = "Seconds until writes work after healing. Default: 15.")
    private int recovery = 15;

    @Override
    public Integer call() throws Exception {
        if (file == null) {
            return 2;
        }
        Verdict verdict = new Checker(recovery * 1_000_000L).check(HistoryFile.read(file));
        PrintWriter out = spec.commandLine().getOut();
        out.println(verdict);
        out.flush();
        return verdict.isClean() ? 0 : 1;
    }
}
