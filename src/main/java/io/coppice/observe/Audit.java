package io.coppice.observe;

import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where it is written down who changed what by way of the admin port; a line of JSON for each thing. Any thread. */
public interface Audit extends AutoCloseable {
    /**
     * Writes a line before something is done.
     *
     * @param then called once, on any thread: with an empty text when the line can be lost no more by the end of this process, and
     *     else with the reason, whereupon nothing may be done
     */
    void before(String line, Consumer<String> then);

    /** Writes a line about what is over; it is written later where that cannot be now. */
    void note(String line);

    /** Why nothing can be written at present; empty where it can. */
    String fault();

    /** Lines of which only the number is known, since there were too many that could not be written. */
    long lost();

    @Override
    void close();

    /** The node's own log, for where no file is wanted. */
    static Audit toLog() {
        Logger log = LoggerFactory.getLogger("io.coppice.audit");
        return new Audit() {
            @Override
            public void before(String line, Consumer<String> then) {
                log.info(line);
                then.accept("");
            }

            @Override
            public void note(String line) {
                log.info(line);
            }

            @Override
            public String fault() {
                return "";
            }

            @Override
            public long lost() {
                return 0;
            }

            @Override
            public void close() {}
        };
    }
}
