package io.coppice.admin;

import io.coppice.shell.Wrong;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What may be typed with every question for a list. */
final class Listed {
    private static final long MOST = 10_000_000;

    @Mixin
    private Asked asked = new Asked();

    @Option(
            names = "--limit",
            paramLabel = "NUMBER",
            defaultValue = "100",
            description = "Items at most; default: ${DEFAULT-VALUE}.")
    private long limit = 100;

    Asked asked() {
        return asked;
    }

    long limit() throws Wrong {
        if (limit < 1 || limit > MOST) {
            throw new Wrong("--limit " + limit + " is not allowed; allowed: 1 to " + MOST);
        }
        return limit;
    }
}
