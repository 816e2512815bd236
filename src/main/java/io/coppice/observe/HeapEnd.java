package io.coppice.observe;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.slf4j.MarkerFactory.getMarker;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process when its heap is exhausted: whoever met that has left something half done, and a node whose state is
 * half of something must not go on to answer. Another start, and the other nodes, have what was acknowledged.
 *
 * <p>It becomes known in two places, whichever thread or library it happened to: in the log, where all of them say what
 * they did not expect, and at the end of a thread that could not even say it. The JVM does the same by itself, and
 * sooner, with {@code -XX:+ExitOnOutOfMemoryError}.
 */
final class HeapEnd extends UnsynchronizedAppenderBase<ILoggingEvent> {
    /** The exit status, which is also that of a JVM with {@code -XX:+ExitOnOutOfMemoryError}. */
    static final int STATUS = 3;

    private static final Logger LOG = LoggerFactory.getLogger(HeapEnd.class);
    private static final int CAUSES_MAX = 20;
    /** All that needs no memory to be said. */
    private static final byte[] LAST_WORDS =
            "Coppice ends: its heap is exhausted (heap-exhausted)\n".getBytes(US_ASCII);

    private static final FileOutputStream OUT = new FileOutputStream(FileDescriptor.out);

    /** Named here, so that they are found with this class: to find one when it is first needed takes memory. */
    private static final List<Class<?>> NEEDED = List.of(
            Error.class,
            FileOutputStream.class,
            ILoggingEvent.class,
            IntConsumer.class,
            IOException.class,
            OutOfMemoryError.class,
            String.class,
            Throwable.class,
            ThrowableProxy.class);

    static {
        try {
            OUT.write(LAST_WORDS, 0, 0); // for what it needs itself
        } catch (IOException nobodyListens) {
            // nor will anybody at the end
        }
    }

    private final IntConsumer end;

    /** @param end of the process, with a status */
    HeapEnd(IntConsumer end) {
        this.end = end;
    }

    /** What is done with an exception that ends a thread; to say so may need memory that there is not, either. */
    void threadEnded(Thread thread, Throwable fault) {
        boolean ends = exhaustion(fault) != null;
        try {
            LOG.error(getMarker("thread-failed"), "The thread {} has ended", thread.getName(), fault);
        } catch (Error unsaid) {
            ends |= exhaustion(unsaid) != null;
            throw unsaid;
        } finally {
            if (ends) {
                lastWords();
            }
        }
    }

    @Override
    protected void append(ILoggingEvent event) {
        Throwable exhausted =
                event.getThrowableProxy() instanceof ThrowableProxy proxy ? exhaustion(proxy.getThrowable()) : null;
        if (exhausted == null) {
            return;
        }
        boolean said = false;
        try {
            LOG.error(
                    getMarker("heap-exhausted"),
                    "The heap is exhausted, of which {} MiB are allowed, and this node ends, since it cannot know what it has left undone. First it said: {}",
                    Runtime.getRuntime().maxMemory() >> 20,
                    event.getFormattedMessage(),
                    exhausted);
            said = true;
        } finally {
            if (said) {
                end.accept(STATUS);
            } else {
                lastWords();
            }
        }
    }

    private void lastWords() {
        try {
            OUT.write(LAST_WORDS);
        } catch (IOException nobodyListens) {
            // and there is nobody else to tell
        } finally {
            end.accept(STATUS);
        }
    }

    /** What says so among a fault and its causes; null where nothing does. */
    private static @Nullable Throwable exhaustion(Throwable fault) {
        Throwable each = fault;
        for (int i = 0; each != null && i < CAUSES_MAX; i++) {
            if (isExhaustion(each)) {
                return each;
            }
            each = each.getCause();
        }
        return null;
    }

    /** Native memory and threads are not meant: what cannot have these is refused, and leaves nothing half done. */
    private static boolean isExhaustion(Throwable fault) {
        String why = fault.getMessage();
        return fault instanceof OutOfMemoryError
                && why != null
                && (why.contains("heap space") || why.contains("GC overhead"));
    }
}
