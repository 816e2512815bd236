package io.coppice.blackbox;

import java.io.IOException;
import java.io.UncheckedIOException;

/** The broker under test, as a constructor or method parameter of a {@link BlackBox} test class. */
public final class Broker implements AutoCloseable {
    private final ServedBroker served;

    Broker(ServedBroker served) {
        this.served = served;
    }

    public int tcpPort() {
        return served.port(Transport.TCP);
    }

    public int wsPort() {
        return served.port(Transport.WS);
    }

    /** Whether it is Coppice; only for what the standard leaves to the broker. */
    public static boolean isCoppice() {
        return BrokerUnderTest.isCoppice();
    }

    /** A connection without CONNECT, on which version 5 is spoken. */
    public RawClient open(Transport transport) {
        return open(transport, Version.V5);
    }

    /** A connection without CONNECT. */
    public RawClient open(Transport transport, Version version) {
        return RawClient.open(transport, served.port(transport), version);
    }

    /** A connection on which bytes are sent and nothing is expected of the answers, a WebSocket with the upgrade done. */
    public Link link(Transport transport) {
        try {
            return transport.open(served.port(transport));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A bare TCP connection to the listener of a transport. */
    public Link socket(Transport transport) {
        try {
            return new TcpLink(served.port(transport));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A TCP connection into which little fits that is not read. */
    public Link narrow() {
        try {
            return new TcpLink(tcpPort(), 4096);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it tells of itself; aborts the test for a broker that tells nothing. */
    public Metrics metrics() {
        return new Metrics(served.adminPort());
    }

    /** Its process; aborts the test unless {@link BrokerSettings#heapMegabytes} gives it one. */
    public BrokerProcess process() {
        return served.process();
    }

    /** A client with a clean session, accepted. */
    public RawClient connect(Transport transport, Version version, String clientId) {
        return connect(transport, version, Packets.connect(version, clientId));
    }

    /** A client that was accepted with this CONNECT. */
    public RawClient connect(Transport transport, Version version, Connect connect) {
        RawClient client = open(transport, version);
        try {
            client.connect(connect);
            return client;
        } catch (AssertionError refused) {
            client.close();
            throw refused;
        }
    }

    /** Asks for a WebSocket, and closes after the answer. */
    public Upgrade.Response upgrade(Upgrade request) throws Exception {
        try (Link link = new TcpLink(wsPort())) {
            return Upgrade.ask(link, request);
        }
    }

    /** Stops the broker. */
    @Override
    public void close() {
        try {
            served.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the broker did not stop", e);
        }
    }
}
