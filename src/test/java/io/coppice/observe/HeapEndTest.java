package io.coppice.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class HeapEndTest {
    private final List<Integer> ends = new ArrayList<>();
    private final Logger log = log();

    private Logger log() {
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        HeapEnd heapEnd = new HeapEnd(ends::add);
        heapEnd.setContext(context);
        heapEnd.start();
        Logger root = context.getLogger("ROOT");
        root.addAppender(heapEnd);
        return root;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Java heap space",
                "GC overhead limit exceeded",
                "Java heap space: failed reallocation of scalar replaced objects"
            })
    void anExhaustedHeapEndsTheProcessWhoeverSaysSo(String why) {
        log.warn("a task failed", new IllegalStateException(new OutOfMemoryError(why)));

        assertThat(ends).containsExactly(HeapEnd.STATUS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Cannot reserve 4096 bytes of direct buffer memory", "unable to create native thread"})
    void whatIsNotTheHeapDoesNot(String why) {
        log.error("a task failed", new OutOfMemoryError(why));

        assertThat(ends).isEmpty();
    }

    @Test
    void nothingElseDoes() {
        log.error("Java heap space");
        log.error("a task failed", new IllegalStateException("Java heap space"));
        log.error("a task failed", new OutOfMemoryError());

        assertThat(ends).isEmpty();
    }

    @Test
    void aThreadThatEndsByItEndsTheProcessAndAnotherDoesNot() {
        HeapEnd heapEnd = new HeapEnd(ends::add);
        heapEnd.threadEnded(Thread.currentThread(), new IllegalStateException("not expected"));

        assertThat(ends).isEmpty();

        heapEnd.threadEnded(Thread.currentThread(), new OutOfMemoryError("Java heap space"));

        assertThat(ends).containsExactly(HeapEnd.STATUS);
    }

    @Test
    void aThreadThatEndsByWhatWasCausedByItEndsTheProcess() {
        new HeapEnd(ends::add)
                .threadEnded(
                        Thread.currentThread(),
                        new ExceptionInInitializerError(new OutOfMemoryError("Java heap space")));

        assertThat(ends).containsExactly(HeapEnd.STATUS);
    }

    /** Whatever has ended the thread, there was no memory to say it. */
    @Test
    void aThreadWhoseEndCannotBeSaidForItEndsTheProcess() {
        Logger own = (Logger) LoggerFactory.getLogger(HeapEnd.class);
        OutOfMemoryError unsaid = new OutOfMemoryError("Java heap space");
        AppenderBase<ILoggingEvent> full = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                throw unsaid;
            }
        };
        full.start();
        own.addAppender(full);
        try {
            assertThatThrownBy(() -> new HeapEnd(ends::add)
                            .threadEnded(Thread.currentThread(), new IllegalStateException("not expected")))
                    .isSameAs(unsaid);
        } finally {
            own.detachAppender(full);
        }

        assertThat(ends).containsExactly(HeapEnd.STATUS);
    }

    @Test
    void causesThatGoRoundAreNoTrap() {
        Exception one = new IllegalStateException("one");
        one.initCause(new IllegalStateException("other", one));

        log.error("a task failed", one);

        assertThat(ends).isEmpty();
    }
}
