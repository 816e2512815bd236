package io.coppice.blackbox;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.net.NetClient;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A WebSocket listener that passes everything to a TCP port, for a broker that was built without one. */
final class WebSocketFront {
    private static final int FRAME_MAX = 16 * 1024 * 1024;
    private static final short UNSUPPORTED_DATA = 1003;

    private final Vertx vertx;
    private final HttpServer server;

    private WebSocketFront(Vertx vertx, HttpServer server) {
        this.vertx = vertx;
        this.server = server;
    }

    static WebSocketFront before(int port) throws Exception {
        Vertx vertx = Vertx.vertx();
        NetClient client = vertx.createNetClient();
        HttpServer server = vertx.createHttpServer(new HttpServerOptions()
                        .setHost("127.0.0.1")
                        .setMaxWebSocketFrameSize(FRAME_MAX)
                        .setWebSocketSubProtocols(List.of("mqtt")))
                .webSocketHandler(socket -> pass(socket, client, port));
        server.listen(0).await(5, TimeUnit.SECONDS);
        return new WebSocketFront(vertx, server);
    }

    private static void pass(ServerWebSocket socket, NetClient client, int port) {
        socket.pause();
        socket.exceptionHandler(broken -> {});
        client.connect(port, "127.0.0.1")
                .onSuccess(broker -> {
                    broker.exceptionHandler(broken -> {});
                    socket.frameHandler(frame -> {
                        if (frame.isText()) {
                            socket.close(UNSUPPORTED_DATA);
                        }
                    });
                    socket.handler(broker::write);
                    socket.closeHandler(closed -> broker.close());
                    broker.handler(socket::writeBinaryMessage);
                    broker.closeHandler(closed -> socket.close());
                    socket.resume();
                })
                .onFailure(failure -> socket.close());
    }

    int port() {
        return server.actualPort();
    }

    void stop() throws Exception {
        vertx.close().await(5, TimeUnit.SECONDS);
    }
}
