package io.coppice.observe;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Answers to requests whose body nobody wants. Who still sends is heard out for a while, or the answer would be lost with the
 * connection; who sends more than that is cut off.
 */
final class Unread {
    private static final long HEARD_BYTES_MAX = 4 << 20;

    private Unread() {}

    static void answer(RoutingContext ctx, int status, String title, String detail) {
        HttpServerRequest request = ctx.request();
        if (!request.isEnded()) {
            AtomicLong heard = new AtomicLong();
            request.handler(chunk -> {
                if (heard.addAndGet(chunk.length()) > HEARD_BYTES_MAX) {
                    request.connection().close();
                }
            });
            request.resume();
        }
        Problem.answer(ctx, status, title, detail);
    }
}
