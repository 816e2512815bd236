package io.coppice.transport;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client on a real socket that says exactly what the test says, and waits at most ten seconds for an answer. */
final class Peer implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 10_000;

    final Socket socket;
    private final DataInputStream in;

    Peer(int port) {
        this(port, 0);
    }

    /** Of a connection that is there, whatever it is encrypted with. */
    Peer(Socket connected) {
        try {
            socket = connected;
            socket.setSoTimeout(PATIENCE_MILLIS);
            in = new DataInputStream(socket.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param receiveBuffer bytes that the system buffers for it, or 0 for what it likes */
    Peer(int port, int receiveBuffer) {
        socket = new Socket();
        try {
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.setTcpNoDelay(true);
            in = new DataInputStream(socket.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Peer say(byte[]... parts) {
        try {
            socket.getOutputStream().write(Bytes.joined(parts));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Peer say(String text) {
        return say(text.getBytes(StandardCharsets.US_ASCII));
    }

    byte[] hear(int bytes) {
        try {
            byte[] heard = new byte[bytes];
            in.readFully(heard);
            return heard;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An HTTP answer up to its empty line. */
    String hearHead() {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) hear(1)[0]);
        }
        return head.toString();
    }

    /** Everything up to the end that the other side makes. */
    byte[] hearAll() {
        try {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the other side ends the connection, in good order or not, without a further byte. */
    boolean hearsTheEnd() {
        try {
            return in.read() < 0;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
