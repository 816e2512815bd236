package io.coppice.observe;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.backup.BackupCounts;
import io.coppice.backup.BackupEntry;
import io.coppice.backup.BackupWriter;
import io.coppice.port.Backup;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One export: asks the node for some pieces, writes them, and asks for more when the client has taken them. Who stops reading
 * holds what was asked for last, and is cut off when the connection has been idle for too long.
 */
final class ExportStream {
    private static final Logger LOG = LoggerFactory.getLogger(ExportStream.class);
    /** Told before anybody knows how it ends. */
    private static final int STATUS = 200;

    private final Vertx vertx;
    private final Context context;
    private final HttpServerResponse response;
    private final BackupResource.Source source;
    private final BackupResource.Ending then;
    private final Backup.Reading reading;
    private final BackupWriter writer = new BackupWriter();
    /** The last line has been handed over; what closes then has everything. */
    private boolean told;

    private boolean over;

    /** @param then told once, when nothing more is read */
    ExportStream(Vertx vertx, RoutingContext ctx, BackupResource.Source source, BackupResource.Ending then) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.response = ctx.response();
        this.source = source;
        this.then = then;
        this.reading = source.backup().read();
    }

    void begin() {
        response.setChunked(true).putHeader(HttpHeaders.CONTENT_TYPE, BackupResource.TYPE);
        response.closeHandler(gone -> end(told ? "" : "its reader is gone"));
        response.exceptionHandler(fault -> end("its reader is gone: " + fault.getMessage()));
        writer.header(
                new BackupEntry.Header(source.release(), source.node(), source.cluster(), System.currentTimeMillis()));
        LOG.info(getMarker("export-begun"), "An export of node {} begins", source.node());
        goOn();
    }

    private void goOn() {
        if (!over) {
            reading.next(pieces -> context.runOnContext(go -> send(pieces)));
        }
    }

    private void send(List<Backup.Piece> pieces) {
        if (over) {
            return;
        }
        boolean last = pieces.isEmpty();
        // not on the loop, which has clients to serve
        vertx.executeBlocking(() -> written(pieces), false)
                .compose(bytes -> sent(bytes, last))
                .onSuccess(sent -> {
                    if (last) {
                        end("");
                    } else {
                        goOn();
                    }
                })
                .onFailure(fault -> {
                    end(fault.toString());
                    response.reset(); // without its last line it is no backup
                });
    }

    private Future<Void> sent(Buffer bytes, boolean last) {
        if (over) {
            return Future.succeededFuture();
        }
        told = last;
        return last ? response.end(bytes) : response.write(bytes);
    }

    private Buffer written(List<Backup.Piece> pieces) {
        for (Backup.Piece piece : pieces) {
            if (piece instanceof Backup.Piece.Retained retained) {
                writer.retained(retained.message());
            } else if (piece instanceof Backup.Piece.OfSession part) {
                writer.session(part.clientId(), part.records(), part.last());
            }
        }
        if (pieces.isEmpty()) {
            writer.trailer(reading.leftOut());
        }
        return Buffer.buffer(writer.take());
    }

    /** @param why it is not whole; empty where it is */
    private void end(String why) {
        if (over) {
            return;
        }
        over = true;
        BackupCounts counts = writer.counts();
        if (why.isEmpty()) {
            LOG.info(
                    getMarker("export-done"),
                    "The export of node {} is done: {} sessions with {} messages, {} retained messages",
                    source.node(),
                    counts.sessions(),
                    counts.messages(),
                    counts.retained());
        } else {
            LOG.warn(getMarker("export-failed"), "The export of node {} breaks off: {}", source.node(), why);
        }
        then.of(STATUS, why);
    }
}
