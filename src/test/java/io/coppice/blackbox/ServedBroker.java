package io.coppice.blackbox;

import org.opentest4j.TestAbortedException;

/** A broker that runs and accepts anonymous clients on this machine. */
public interface ServedBroker {
    int port(Transport transport);

    /** The port of its metrics; aborts the test for a broker that has none. */
    default int adminPort() {
        throw new TestAbortedException("this broker has no metrics");
    }

    /** Its process; aborts the test for a broker that has none of its own. */
    default BrokerProcess process() {
        throw new TestAbortedException("this broker does not run in a process of its own");
    }

    void stop() throws Exception;
}
