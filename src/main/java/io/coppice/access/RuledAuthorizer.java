package io.coppice.access;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.config.ConfigException;
import io.coppice.mqtt.Publisher;
import io.coppice.port.Gatekeeper.Identity;
import io.coppice.port.Permissions;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Goes by the rules of a file, and by those of a newer one as soon as it is seen and is right. */
final class RuledAuthorizer implements Authorizer {
    private static final Logger LOG = LoggerFactory.getLogger(RuledAuthorizer.class);

    private final WatchedFile<RuleBook> file;

    /**
     * @param clock milliseconds since 1970
     * @throws ConfigException where the file cannot be read, or is wrong
     */
    RuledAuthorizer(Path path, RuleFile.Reader reader, LongSupplier clock) throws ConfigException {
        this.file = new WatchedFile<>(path, RuleFile.BYTES_MAX, new RuleFile(reader), this::told, clock);
    }

    private void told() {
        LOG.info(
                getMarker("rules-changed"),
                "{} rules hold from now on",
                file.value().size());
    }

    @Override
    public Permissions permissions(Identity who) {
        return new RuledPermissions(who, file::value);
    }

    @Override
    public Permissions permissionsOf(Publisher publisher) {
        return new RuledPermissions(book -> book.rightsOf(publisher), file::value);
    }

    /** A file that is wrong, or gone, changes nothing, and is complained of once. */
    @Override
    public boolean refresh() {
        return file.look();
    }
}
