package io.coppice.blackbox;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;

/** A TCP connection, each read of which has a deadline. */
final class TcpLink implements Link {
    private static final int CONNECT_MILLIS = 5_000;

    private final Socket socket = new Socket();
    private final InputStream in;
    private final byte[] buffer = new byte[16 * 1024];
    private int at;
    private int end;

    TcpLink(int port) throws IOException {
        this(port, 0);
    }

    /** @param receiveBuffer bytes that come in without being read, about; 0 for what the system likes */
    TcpLink(int port, int receiveBuffer) throws IOException {
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
        in = socket.getInputStream();
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    @Override
    public int read(long deadline) throws IOException {
        if (at == end && !fill(deadline)) {
            return -1;
        }
        return buffer[at++] & 0xFF;
    }

    private boolean fill(long deadline) throws IOException {
        long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (millis <= 0 && in.available() == 0) {
            throw new SocketTimeoutException();
        }
        socket.setSoTimeout((int) Math.max(millis, 1));
        int count;
        try {
            count = in.read(buffer);
        } catch (SocketException reset) {
            count = -1;
        }
        at = 0;
        end = Math.max(count, 0);
        return count > 0;
    }

    @Override
    public void finish() throws IOException {
        socket.shutdownOutput();
    }

    @Override
    public void abort() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException ignored) {
            // It is gone either way.
        }
    }
}
