package io.coppice.observe;

import static org.slf4j.MarkerFactory.getMarker;

import io.coppice.backup.BackupEntry;
import io.coppice.backup.BackupFault;
import io.coppice.backup.BackupReader;
import io.coppice.mqtt.Message;
import io.coppice.port.Backup;
import io.coppice.session.SessionRecord;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One import: reads lines as they come and hands on what they say, as much at a time as the node stores in groups; more is read
 * when some of that is stored. What was whole when it ends, in whatever way, stays.
 */
final class ImportStream {
    private static final Logger LOG = LoggerFactory.getLogger(ImportStream.class);

    /** Sessions and retained messages that are under way: enough that one write to a disk or another node is for many. */
    private static final int OPEN_MAX = 256;
    /** Bytes of them, by weight, besides one session. */
    private static final long OPEN_BYTES_MAX = 16 << 20;
    /** A byte may become six: a backslash, a u, four digits. */
    private static final int BYTES_FOR_ONE_MAX = 6;
    /** For the strings that are no part of a packet, of 65,535 bytes each, and the names of fields. */
    private static final int LINE_BYTES_BESIDE = 1 << 20;

    private static final int STATUS_OK = 200;

    private final Vertx vertx;
    private final Context context;
    private final RoutingContext ctx;
    private final HttpServerRequest request;
    private final BackupResource.Ending then;
    private final Backup.Restoring restoring;
    private final BackupReader reader;
    private final ImportReport report = new ImportReport();

    private Backup.@Nullable Incoming session;
    private String clientId = "";
    private long messages;
    private long weight;

    private int open;
    private long openBytes;
    /** Lines are being read, away from the loop. */
    private boolean busy;
    /** The client has sent everything. */
    private boolean sent;
    /** The client is gone, and nobody is to be answered. */
    private boolean gone;

    private int status = STATUS_OK;
    private String fault = "";
    private boolean over;

    /** What a line says, and its number. */
    private record Line(long number, BackupEntry entry) {}

    /** @param wrong what is wrong with the one that follows these; empty where that is not so */
    private record Lines(List<Line> lines, String wrong) {}

    /** @param then told once, when nothing more is taken in */
    ImportStream(Vertx vertx, RoutingContext ctx, BackupResource.Source source, BackupResource.Ending then) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.ctx = ctx;
        this.request = ctx.request();
        this.then = then;
        String replace = request.getParam("replace");
        this.restoring = source.backup().restore("true".equals(replace));
        this.reader = new BackupReader((int)
                Math.min(Integer.MAX_VALUE - 8, (long) source.packetSizeMax() * BYTES_FOR_ONE_MAX + LINE_BYTES_BESIDE));
    }

    void begin() {
        LOG.info(getMarker("import-begun"), "An import begins");
        request.exceptionHandler(broken -> {
            gone = true;
            fail(400, "the client broke off");
            goOn();
        });
        request.handler(this::received);
        if (request.headers().contains(HttpHeaders.EXPECT, HttpHeaders.CONTINUE, true)) {
            ctx.response().writeContinue();
        }
        request.endHandler(all -> {
            sent = true;
            goOn();
        });
    }

    private void received(Buffer chunk) {
        if (!fault.isEmpty()) {
            return; // heard out, so that it gets its answer
        }
        request.pause();
        busy = true;
        vertx.executeBlocking(() -> lines(chunk), false).onComplete(read -> {
            busy = false;
            if (read.succeeded()) {
                read.result().lines.forEach(this::take);
                fail(400, read.result().wrong);
            } else {
                fail(500, String.valueOf(read.cause()));
            }
            goOn();
        });
    }

    private Lines lines(Buffer chunk) {
        List<Line> lines = new ArrayList<>();
        byte[] bytes = chunk.getBytes();
        try {
            reader.feed(bytes, 0, bytes.length, entry -> lines.add(new Line(reader.line(), entry)));
            return new Lines(lines, "");
        } catch (BackupFault wrong) {
            return new Lines(lines, String.valueOf(wrong.getMessage()));
        }
    }

    /**
     * @param code of the answer; the first fault counts
     * @param why empty for none
     */
    private void fail(int code, String why) {
        if (fault.isEmpty()) {
            status = code;
            fault = why;
        }
    }

    private void take(Line line) {
        if (!fault.isEmpty()) {
            return;
        }
        BackupEntry entry = line.entry;
        if (entry instanceof BackupEntry.Header header) {
            report.header(header);
        } else if (entry instanceof BackupEntry.Retained retained) {
            Message message = retained.message();
            long bytes = begun(message.weight());
            restoring.retained(
                    message,
                    outcome -> ended(
                            bytes,
                            outcome,
                            () -> report.retained(line.number, message.topic().value(), outcome)));
        } else if (entry instanceof BackupEntry.SessionBegins begins) {
            clientId = begins.clientId();
            messages = 0;
            weight = 0;
            Backup.Incoming begun = restoring.session(clientId);
            begun.add(begins.life());
            session = begun;
        } else if (entry instanceof BackupEntry.SessionHas has && session != null) {
            session.add(has.records());
            weigh(has.records());
        } else if (entry instanceof BackupEntry.SessionEnds && session != null) {
            String ofClient = clientId;
            long withMessages = messages;
            long bytes = begun(weight);
            session.end(outcome ->
                    ended(bytes, outcome, () -> report.session(line.number, ofClient, withMessages, outcome)));
            session = null;
        }
    }

    private void weigh(List<SessionRecord> records) {
        if (records.get(0) instanceof SessionRecord.Enqueued enqueued) {
            messages++;
            weight += enqueued.message().weight();
        }
    }

    private long begun(long bytes) {
        open++;
        openBytes += bytes;
        return bytes;
    }

    /** On any thread. */
    private void ended(long bytes, Backup.Outcome outcome, Runnable count) {
        context.runOnContext(go -> {
            open--;
            openBytes -= bytes;
            count.run();
            if (outcome.verdict() == Backup.Verdict.FAILED) {
                fail(503, outcome.why());
            }
            goOn();
        });
    }

    /** Reads on, or comes to the end, as it stands. */
    private void goOn() {
        if (over || busy) {
            return;
        }
        if (fault.isEmpty() && !sent) {
            if (open < OPEN_MAX && openBytes < OPEN_BYTES_MAX) {
                request.resume();
            }
            return;
        }
        if (!sent && !gone) {
            request.resume();
        }
        if (open == 0 && (sent || gone)) {
            over = true;
            checkEnd();
            restoring.end(() -> context.runOnContext(go -> answer()));
        }
    }

    private void checkEnd() {
        if (fault.isEmpty()) {
            try {
                reader.end();
            } catch (BackupFault cut) {
                fail(400, String.valueOf(cut.getMessage()));
            }
        }
    }

    private void answer() {
        if (fault.isEmpty()) {
            LOG.info(getMarker("import-done"), "The import is done: {}", report);
        } else {
            LOG.warn(getMarker("import-failed"), "The import breaks off: {}; until then: {}", fault, report);
        }
        then.of(fault.isEmpty() ? STATUS_OK : status, fault);
        if (gone) {
            return;
        }
        if (fault.isEmpty()) {
            ctx.response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                    .end(report.json().toBuffer());
        } else {
            JsonObject problem = Problem.json(ctx, status, "The import broke off", fault);
            Problem.answer(ctx, status, problem.mergeIn(report.json()));
        }
    }
}
