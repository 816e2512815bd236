package io.coppice.access;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.coppice.access.HttpCalls.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HttpCallsTest {
    private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Length: ";

    /** Serves one connection. */
    private interface Server {
        void serve(Socket socket) throws IOException;
    }

    private final BlockingQueue<Optional<Answer>> answers = new LinkedBlockingQueue<>();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile Server server = socket -> {};
    private ServerSocket listener;

    @BeforeEach
    void listen() throws IOException {
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread accepting = new Thread(this::accept);
        accepting.setDaemon(true);
        accepting.start();
    }

    @AfterEach
    void leave() throws IOException {
        listener.close();
    }

    private void accept() {
        while (true) {
            try (Socket socket = listener.accept()) {
                connections.incrementAndGet();
                server.serve(socket);
            } catch (IOException closed) {
                if (listener.isClosed()) {
                    return;
                }
            }
        }
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(US_ASCII));
        socket.getOutputStream().flush();
    }

    private static void readHead(Socket socket) throws IOException {
        int ends = 0;
        while (ends < 2) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("the end");
            }
            ends = next == '\n' ? ends + 1 : next == '\r' ? ends : 0;
        }
    }

    private Optional<Answer> answer(HttpCalls calls) throws InterruptedException {
        calls.ask(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.getLocalPort() + "/")),
                answer -> answers.add(Optional.ofNullable(answer)));
        Optional<Answer> answer = answers.poll(20, TimeUnit.SECONDS);
        assertThat(answer).isNotNull();
        return answer;
    }

    private static HttpCalls calls(long timeoutMillis) throws Exception {
        return new HttpCalls("test", "", Duration.ofMillis(timeoutMillis), 10);
    }

    @Test
    void anAnswerUpToTheBoundIsTaken() throws Exception {
        server = socket -> {
            readHead(socket);
            write(socket, HEAD + "10\r\n\r\n0123456789");
        };
        try (HttpCalls calls = calls(10_000)) {
            assertThat(answer(calls)).hasValueSatisfying(answer -> {
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.body()).asString(US_ASCII).isEqualTo("0123456789");
            });
        }
    }

    @Test
    void aLongerOneIsHungUpOn() throws Exception {
        server = socket -> {
            readHead(socket);
            write(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            while (true) { // until the other side is gone
                write(socket, "5\r\n01234\r\n");
            }
        };
        try (HttpCalls calls = calls(20_000)) {
            assertThat(answer(calls)).isEmpty();
        }
        assertThat(connections).hasValue(1);
    }

    @Test
    void anAnswerThatTricklesIsLateAsAWhole() throws Exception {
        BlockingQueue<String> ended = new LinkedBlockingQueue<>();
        server = socket -> {
            readHead(socket);
            write(socket, HEAD + "10\r\n\r\n012");
            assertThat(socket.getInputStream().read()).isNegative();
            ended.add("closed");
        };
        try (HttpCalls calls = calls(300)) {
            assertThat(answer(calls)).isEmpty();
            assertThat(ended.poll(20, TimeUnit.SECONDS)).isEqualTo("closed");
        }
    }

    @Test
    void aConnectionThatWasKeptAndIsGoneIsMadeAnew() throws Exception {
        server = socket -> {
            readHead(socket);
            if (connections.get() > 1) {
                write(socket, HEAD + "2\r\n\r\nok");
            }
        };
        try (HttpCalls calls = calls(10_000)) {
            assertThat(answer(calls)).isPresent();
        }
        assertThat(connections).hasValue(2);
    }

    @Test
    void whoHangsUpTwiceHasNoAnswer() throws Exception {
        server = HttpCallsTest::readHead;
        try (HttpCalls calls = calls(10_000)) {
            assertThat(answer(calls)).isEmpty();
        }
    }
}
