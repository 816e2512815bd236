package io.coppice.admin;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What may be typed with every question to the API. */
final class Asked {
    @Mixin
    private AdminLogin login = new AdminLogin();

    @Option(
            names = "--json",
            description = "Print what the API says: one JSON object a line for each item of a list, and one object for "
                    + "anything else.")
    private boolean json;

    AdminLogin login() {
        return login;
    }

    boolean json() {
        return json;
    }
}
