package io.coppice.cluster;

import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;

/** A connection of which somebody keeps what goes out. */
final class Tap extends Socket {
    final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final Socket tapped;

    Tap(Socket tapped) {
        this.tapped = tapped;
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return tapped.getInputStream();
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        return new FilterOutputStream(tapped.getOutputStream()) {
            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
                written.write(bytes, from, length);
                out.write(bytes, from, length);
            }
        };
    }

    @Override
    public void setSoTimeout(int millis) throws SocketException {
        tapped.setSoTimeout(millis);
    }

    @Override
    public void close() throws IOException {
        tapped.close();
    }
}
