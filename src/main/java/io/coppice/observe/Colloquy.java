package io.coppice.observe;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Answers what other nodes ask this one for their operators; changes are written down here too, before they are made. */
final class Colloquy {
    private static final int OPEN_MAX = 64;

    private final NodeDesk desk;
    private final String node;
    private final Audit audit;
    private final LongSupplier clock;
    private final AtomicInteger open = new AtomicInteger();

    Colloquy(NodeDesk desk, String node, Audit audit, LongSupplier clock) {
        this.desk = desk;
        this.node = node;
        this.audit = audit;
        this.clock = clock;
    }

    /** As {@link io.coppice.port.Colleagues#answer} wants it. */
    void answer(byte[] question, Consumer<byte[]> then) {
        Task task;
        JsonObject with;
        try {
            JsonObject asked = new JsonObject(Buffer.buffer(question));
            task = Task.valueOf(asked.getString("task", ""));
            with = asked.getJsonObject("with", new JsonObject());
        } catch (DecodeException | ClassCastException | IllegalArgumentException foreign) {
            then.accept(fault("this node does not know what is asked; it may be of another release"));
            return;
        }
        if (open.incrementAndGet() > OPEN_MAX) {
            open.decrementAndGet();
            then.accept(fault("too much is being asked of it"));
            return;
        }
        Consumer<byte[]> told = bytes -> {
            open.decrementAndGet();
            then.accept(bytes);
        };
        if (task.changes()) {
            audit.before(line(task, with), wrong -> {
                if (wrong.isEmpty()) {
                    does(task, with, told);
                } else {
                    told.accept(fault("nothing was done, since the audit fails: " + wrong));
                }
            });
        } else {
            does(task, with, told);
        }
    }

    private void does(Task task, JsonObject with, Consumer<byte[]> told) {
        desk.answer(task, with)
                .timeout(Fleet.MILLIS_MAX, TimeUnit.MILLISECONDS)
                .onComplete(
                        done -> told.accept(done.succeeded() ? bounded(done.result()) : fault(reason(done.cause()))));
    }

    private static byte[] bounded(JsonObject answer) {
        byte[] bytes = new JsonObject().put("answer", answer).toBuffer().getBytes();
        return bytes.length <= Fleet.ANSWER_BYTES_MAX
                ? bytes
                : fault("its answer has more than " + Fleet.ANSWER_BYTES_MAX + " bytes");
    }

    private static String reason(Throwable fault) {
        return fault instanceof Refusal refusal ? refusal.title() + ": " + refusal.detail() : fault.toString();
    }

    private static byte[] fault(String why) {
        return new JsonObject().put("fault", why).encode().getBytes(StandardCharsets.UTF_8);
    }

    private String line(Task task, JsonObject with) {
        return new JsonObject()
                .put("time", Instant.ofEpochMilli(clock.getAsLong()).toString())
                .put("event", "asked")
                .put("node", node)
                .put("task", ViewJson.word(task))
                .put("with", with)
                .encode();
    }
}
