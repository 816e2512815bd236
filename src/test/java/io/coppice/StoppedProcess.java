package io.coppice;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A process that runs a node without a network, to be ended by a signal. */
final class StoppedProcess {
    private StoppedProcess() {}

    public static void main(String[] args) {
        Main.Starter starter = config -> new Main.Running() {
            @Override
            public Map<String, String> addresses() {
                return Map.of("pid", Long.toString(ProcessHandle.current().pid()));
            }

            @Override
            public void stop() {
                System.out.println("stopped");
                if (args.length > 0) {
                    throw new IllegalStateException(args[0]);
                }
            }

            @Override
            public CompletionStage<String> lost() {
                return args.length > 0 && args[0].equals("lost")
                        ? CompletableFuture.completedFuture("nobody wants it")
                        : new CompletableFuture<>();
            }
        };
        System.exit(CommandLines.create(starter, Map.of(), Main::untilStopped).execute());
    }
}
