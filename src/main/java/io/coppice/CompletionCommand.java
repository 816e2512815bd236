package io.coppice;

import io.coppice.shell.Version;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** What can be typed after {@code java -jar coppice.jar completion}: what a shell needs to complete commands and options. */
@Command(
        name = "completion",
        description = {
            "Prints a script by which a shell completes what is typed after coppice:",
            "  alias coppice='java -jar /path/to/coppice.jar'",
            "  source <(coppice completion bash)"
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class CompletionCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
    private String shell = "";

    @Override
    public Integer call() {
        CommandLine commandLine = Objects.requireNonNull(spec).commandLine();
        if (!shell.equals("bash") && !shell.equals("zsh")) {
            throw new ParameterException(commandLine, shell + " is not allowed; allowed: bash or zsh");
        }
        // One script for both: for zsh it loads what understands bash's.
        commandLine
                .getOut()
                .print(AutoComplete.bash(
                        "coppice", commandLine.getCommandSpec().root().commandLine()));
        commandLine.getOut().flush();
        return 0;
    }
}
