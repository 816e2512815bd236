package io.coppice.access;

import io.coppice.config.ConfigException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Questions to others over HTTP, whose answers are bounded in time and size. What is not the answer itself is none: no redirect is
 * followed, for a password goes nowhere but to the URL that was written down.
 */
final class HttpCalls implements AutoCloseable {
    /** What was answered. */
    record Answer(int status, byte[] body) {}

    private static final Logger LOG = LoggerFactory.getLogger(HttpCalls.class);
    private static final int CA_BYTES_MAX = 4 << 20;
    private static final int THREADS = 2;

    private final Duration timeout;
    private final int bytesMax;
    private final ThreadPoolExecutor threads;
    private final HttpClient client;

    /**
     * Threads come with the first question.
     *
     * @param name of the threads
     * @param caFile authorities in PEM; empty for those of Java
     * @param bytesMax of an answer
     * @throws ConfigException if there are no such authorities
     */
    HttpCalls(String name, String caFile, Duration timeout, int bytesMax) throws ConfigException {
        this.timeout = timeout;
        this.bytesMax = bytesMax;
        SSLContext tls = caFile.isEmpty() ? null : trusting(Path.of(caFile));
        AtomicInteger count = new AtomicInteger();
        threads = new ThreadPoolExecutor(THREADS, THREADS, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>(), work -> {
            Thread thread = new Thread(work, name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        threads.allowCoreThreadTimeOut(true);
        SSLParameters parameters = new SSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(timeout)
                .sslParameters(parameters)
                .executor(threads);
        client = (tls == null ? builder : builder.sslContext(tls)).build();
    }

    private static SSLContext trusting(Path path) throws ConfigException {
        try {
            Collection<? extends Certificate> authorities = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(WatchedFile.read(path, CA_BYTES_MAX)));
            if (authorities.isEmpty()) {
                throw new ConfigException(List.of(path + ": there is no certificate; allowed: certificates in PEM"));
            }
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (Certificate authority : authorities) {
                store.setCertificateEntry("ca-" + number++, authority);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException e) {
            throw new ConfigException(List.of(WatchedFile.unreadable(path, e)));
        } catch (GeneralSecurityException e) {
            throw new ConfigException(List.of(path + ": there is no certificate; allowed: certificates in PEM"));
        }
    }

    /**
     * Asks; neither blocks nor throws.
     *
     * @param then called once, on another thread; null where there was no answer within the bounds. Perhaps
     *     not after the end.
     */
    void ask(HttpRequest.Builder request, Consumer<@Nullable Answer> then) {
        HttpRequest built = request.copy().timeout(timeout).build();
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        try {
            // On a thread of its own, because a name may have to be looked up.
            threads.execute(() -> send(built, true, answer));
        } catch (RejectedExecutionException closed) {
            LOG.debug("a question is not asked any more");
            return;
        }
        // From now on, whatever the threads wait for.
        var unused = answer.orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((found, fault) -> then.accept(fault == null ? found : null));
    }

    private void send(HttpRequest request, boolean mayRepeat, CompletableFuture<Answer> answer) {
        if (answer.isDone()) {
            return;
        }
        CompletableFuture<HttpResponse<byte[]>> sent = client.sendAsync(request, head -> new BoundedBody(bytesMax));
        var late = answer.whenComplete((found, fault) -> sent.cancel(true));
        var unused = sent.whenComplete((response, fault) -> {
            if (fault == null) {
                answer.complete(new Answer(response.statusCode(), response.body()));
            } else if (mayRepeat && isLostConnection(fault)) {
                send(request, false, answer); // one that was kept open, and that the other side has closed meanwhile
            } else {
                answer.completeExceptionally(fault);
            }
        });
    }

    private static boolean isLostConnection(Throwable fault) {
        Throwable cause = fault instanceof CompletionException ? fault.getCause() : fault;
        return cause instanceof IOException
                && !(cause instanceof HttpTimeoutException)
                && !(cause instanceof ConnectException)
                && !(cause instanceof SSLException)
                && !(cause instanceof BoundedBody.TooLarge);
    }

    /** What is under way comes to no answer. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
