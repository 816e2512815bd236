package io.coppice.it.cluster;

import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Shows what the processes of a case printed when it fails, while it is still known. */
final class NodeLogs implements AfterTestExecutionCallback {
    private static final int LINES_MAX = 80;

    private final Supplier<List<NodeProcess>> nodes;

    /** @param nodes those that run or ran, in any state */
    NodeLogs(Supplier<List<NodeProcess>> nodes) {
        this.nodes = nodes;
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        if (context.getExecutionException().isEmpty()) {
            return;
        }
        StringBuilder text = new StringBuilder();
        List<NodeProcess> all = nodes.get();
        for (int i = 0; i < all.size(); i++) {
            List<String> log = all.get(i).log();
            text.append("--- node ")
                    .append(i)
                    .append(" of ")
                    .append(context.getDisplayName())
                    .append('\n');
            log.subList(Math.max(0, log.size() - LINES_MAX), log.size())
                    .forEach(line -> text.append(line).append('\n'));
        }
        System.err.print(text);
    }
}
