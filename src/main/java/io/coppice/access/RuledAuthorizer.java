package io.coppice.access;

import io.coppice.port.Gatekeeper.Identity;
import io.coppice.port.Permissions;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Goes by the rules of a file, and by those of a newer one as soon as it is seen and is right. */
final class RuledAuthorizer implements Authorizer {
    private static final Logger LOG = LoggerFactory.getLogger(RuledAuthorizer.class);

    private final Path path;
    private final RuleFile file;
    private final LongSupplier clock;
    private volatile RuleBook inForce;

    /**
     * @param clock milliseconds since 1970
     * @throws WrongRules where the file cannot be read, or is wrong
     */
    RuledAuthorizer(Path path, RuleFile.Reader reader, LongSupplier clock) throws WrongRules {
        this.path = path;
        this.file = new RuleFile(path, reader);
        this.clock = clock;
        this.inForce = file.read(clock.getAsLong());
    }

    @Override
    public Permissions permissions(Identity who) {
        return new RuledPermissions(who, this::inForce);
    }

    private RuleBook inForce() {
        return inForce;
    }

    /** A file that is wrong, or gone, changes nothing, and is complained of once. */
    @Override
    public synchronized boolean refresh() {
        try {
            RuleBook newer = file.readIfChanged(clock.getAsLong());
            if (newer == null) {
                return false;
            }
            inForce = newer;
            LOG.info("{} has changed: {} rules hold from now on", path, newer.size());
            return true;
        } catch (WrongRules wrong) {
            LOG.error("the rules that held go on to hold: {}", wrong.getMessage());
            return false;
        }
    }
}
