package io.coppice;

import static org.slf4j.MarkerFactory.getMarker;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGHUP, which asks a server to read its configuration again. Unheard it would end the process; one that comes before anybody can
 * follow it is followed then. A process that was started to ignore it ({@code nohup}) goes on ignoring it.
 */
final class HangUp {
    private static final Logger LOG = LoggerFactory.getLogger(HangUp.class);

    // guarded by this
    private @Nullable Runnable follower;
    private boolean asked;

    private HangUp() {}

    /** Hears it from now on, where the system has it. The JDK has no other way to hear one (module jdk.unsupported). */
    @SuppressWarnings("sunapi")
    static HangUp heard() {
        HangUp hangUp = new HangUp();
        try {
            sun.misc.Signal.handle(new sun.misc.Signal("HUP"), signal -> hangUp.ask());
        } catch (IllegalArgumentException unknown) {
            LOG.debug("this system, or how the JVM was started, has no SIGHUP for us", unknown);
        }
        return hangUp;
    }

    /** Has what it asks for done, on a thread of its own that may wait. */
    synchronized void then(Runnable reload) {
        follower = reload;
        if (asked) {
            follow(reload);
        }
    }

    private synchronized void ask() {
        asked = true;
        if (follower != null) {
            follow(follower);
        }
    }

    /** One after the other: whoever asks waits for this lock. */
    private static void follow(Runnable reload) {
        try {
            reload.run();
        } catch (RuntimeException fault) {
            LOG.error(getMarker("config-reload-broken"), "the configuration was not read again", fault);
        }
    }
}
