package io.coppice.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A web server that says what a test tells it to. */
final class Stub implements AutoCloseable {
    /** What it was asked. */
    record Asked(String method, String path, String authorization, String body) {}

    final List<Asked> asked = new CopyOnWriteArrayList<>();
    volatile int status = 200;
    volatile String body = "{}";
    /** Says what the body is by what was asked; null where it is always {@link #body}. */
    volatile @Nullable UnaryOperator<String> answers;

    volatile String location = "";
    /** What answers wait for; null where they come at once. */
    volatile @Nullable CountDownLatch gate;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private Stub(HttpServer server) {
        this.server = server;
        server.createContext("/", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    static Stub plain() throws IOException {
        return plain(0);
    }

    static Stub plain(int port) throws IOException {
        return new Stub(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0));
    }

    static Stub encrypted(SSLContext tls) throws IOException {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        return new Stub(server);
    }

    int port() {
        return server.getAddress().getPort();
    }

    String url(String path) {
        return (server instanceof HttpsServer ? "https://localhost:" : "http://127.0.0.1:") + port() + path;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String question = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            asked.add(new Asked(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().getPath(),
                    String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")),
                    question));
            CountDownLatch waiting = gate;
            if (waiting != null) {
                waiting.await();
            }
            if (!location.isEmpty()) {
                exchange.getResponseHeaders().set("Location", location);
            }
            UnaryOperator<String> answering = answers;
            byte[] bytes = (answering == null ? body : answering.apply(question)).getBytes(UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 || status == 204 ? -1 : bytes.length);
            if (bytes.length > 0 && status != 204) {
                exchange.getResponseBody().write(bytes);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
