package io.coppice.admin;

import io.coppice.shell.Version;
import io.vertx.core.json.JsonObject;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code admin resize}: how many nodes the running cluster is meant to have. */
@Command(
        name = "resize",
        description =
                "Shows how many nodes the cluster is meant to have, or sets it: before nodes are started, or to leave out one "
                        + "that is lost for ever.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class ResizeCommand extends NodeCommand.Single {
    private static final String PATH = "/cluster/expected-size";

    @Mixin
    private Asked asked = new Asked();

    @Parameters(
            arity = "0..1",
            paramLabel = "NODES",
            description = "More than half of them must be there from then on.")
    private @Nullable Integer nodes;

    ResizeCommand(Means means) {
        super(means);
    }

    @Override
    public Integer call() {
        return answered(asked, (api, report) -> {
            JsonObject size =
                    nodes == null ? api.get(PATH) : api.send(PATH, "PUT", new JsonObject().put("size", nodes));
            if (report.json()) {
                report.print(size);
                return report.status();
            }
            String names =
                    size.getJsonArray("nodes").stream().map(Object::toString).collect(Collectors.joining(", "));
            report.fields(
                    "nodes expected", size.getLong("expected"),
                    "majority", size.getLong("majority"),
                    "configured", size.getLong("configured"),
                    "at most", size.getLong("max"),
                    "those who count", names.isEmpty() ? null : names);
            return report.status();
        });
    }
}
