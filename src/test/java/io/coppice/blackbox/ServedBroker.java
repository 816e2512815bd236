package io.coppice.blackbox;

/** A broker that runs and accepts anonymous clients on this machine. */
public interface ServedBroker {
    int port(Transport transport);

    void stop() throws Exception;
}
