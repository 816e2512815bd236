package io.coppice.shell;

import java.util.Objects;
import picocli.CommandLine.IVersionProvider;

/** Reads the version that the jar bears. */
public final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Version.class.getPackage().getImplementationVersion();
        return new String[] {"Coppice " + Objects.requireNonNullElse(version, "from its classes")};
    }
}
