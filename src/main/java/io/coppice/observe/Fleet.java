package io.coppice.observe;

import io.coppice.port.Colleagues;
import io.coppice.port.NodeId;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** All nodes, asked at once for one answer: who does not answer in time is named in it, and does not make it fail. */
final class Fleet {
    /** For one node; one that is well takes a hundredth of it. */
    static final long MILLIS_MAX = 5_000;
    /** Questions of people that are answered at a time; each may have every loop look through all of its sessions. */
    private static final int OPEN_MAX = 16;
    /** Bytes of an answer of another node. */
    static final int ANSWER_BYTES_MAX = 4 << 20;

    /**
     * What came.
     *
     * @param byNode by the nodes' names
     * @param failures of those that did not answer, each with its node and a reason
     */
    record Answers(Map<String, JsonObject> byNode, JsonArray failures) {}

    private record One(NodeId node, JsonObject answer, String fault) {}

    private final Vertx vertx;
    private final NodeSource source;
    private final NodeDesk desk;
    private final AtomicInteger open;

    /** @param open questions, those of others included */
    Fleet(Vertx vertx, NodeSource source, NodeDesk desk, AtomicInteger open) {
        this.vertx = vertx;
        this.source = source;
        this.desk = desk;
        this.open = open;
    }

    NodeSource source() {
        return source;
    }

    /** Asks this node and all others in sight; failed where too much is being asked already. */
    Future<Answers> everyone(Task task, JsonObject with) {
        List<NodeId> nodes = new ArrayList<>(source.colleagues().present());
        nodes.add(source.self());
        return bounded(() -> {
            List<Future<One>> asked =
                    nodes.stream().map(node -> ask(node, task, with)).toList();
            return Future.join(asked).map(all -> answers(asked));
        });
    }

    private static Answers answers(List<Future<One>> asked) {
        Map<String, JsonObject> byNode = new TreeMap<>();
        JsonArray failures = new JsonArray();
        for (Future<One> each : asked) {
            One one = each.result();
            if (one.fault.isEmpty()) {
                byNode.put(one.node.name(), one.answer);
            } else {
                failures.add(new JsonObject().put("node", one.node.name()).put("reason", one.fault));
            }
        }
        return new Answers(byNode, failures);
    }

    /** Asks one node, by its name; failed with a {@link Refusal} where there is none, or it does not answer. */
    Future<JsonObject> one(String name, Task task, JsonObject with) {
        List<NodeId> nodes = new ArrayList<>(source.colleagues().present());
        nodes.add(source.self());
        for (NodeId node : nodes) {
            if (node.name().equals(name)) {
                return bounded(() -> ask(node, task, with)).map(one -> {
                    if (one.fault.isEmpty()) {
                        return one.answer;
                    }
                    throw Refusal.unanswered(
                            one.fault,
                            new JsonArray()
                                    .add(new JsonObject().put("node", name).put("reason", one.fault)));
                });
            }
        }
        String all = String.join(", ", nodes.stream().map(NodeId::name).sorted().toList());
        return Future.failedFuture(new Refusal(404, "No such node", "nodes in sight: " + all));
    }

    private interface Question<T> {
        Future<T> ask();
    }

    /** Answers come on the context of who asks. */
    private <T> Future<T> bounded(Question<T> question) {
        if (open.incrementAndGet() > OPEN_MAX) {
            open.decrementAndGet();
            return Future.failedFuture(new Refusal(503, "Busy", "too much is being asked for; try again in a second"));
        }
        Context context = vertx.getOrCreateContext();
        Promise<T> promise = Promise.promise();
        question.ask().onComplete(done -> {
            open.decrementAndGet();
            context.runOnContext(go -> promise.handle(done));
        });
        return promise.future();
    }

    private Future<One> ask(NodeId node, Task task, JsonObject with) {
        Future<JsonObject> asked =
                node.equals(source.self()) ? desk.answer(task, with) : other(source.colleagues(), node, task, with);
        return asked.timeout(MILLIS_MAX, TimeUnit.MILLISECONDS)
                .map(answer -> new One(node, answer, ""))
                .otherwise(fault -> new One(node, new JsonObject(), reason(fault)));
    }

    private static String reason(Throwable fault) {
        if (fault instanceof TimeoutException) {
            return "it did not answer in " + MILLIS_MAX + " ms";
        }
        return fault instanceof Refusal refusal
                ? refusal.title() + (refusal.detail().isEmpty() ? "" : ": " + refusal.detail())
                : "it failed to answer: " + fault;
    }

    /** What another node answers; failed with a {@link Refusal} where it does not. */
    static Future<JsonObject> other(Colleagues others, NodeId node, Task task, JsonObject with) {
        Promise<JsonObject> promise = Promise.promise();
        byte[] question = new JsonObject()
                .put("task", task.name())
                .put("with", with)
                .toBuffer()
                .getBytes();
        others.ask(node, question, MILLIS_MAX, reply -> {
            byte[] bytes = reply.bytes();
            if (bytes == null) {
                promise.tryFail(new Refusal(502, "It did not answer", reply.fault()));
            } else {
                promise.handle(read(bytes));
            }
        });
        return promise.future();
    }

    private static Future<JsonObject> read(byte[] bytes) {
        try {
            JsonObject reply = new JsonObject(Buffer.buffer(bytes));
            String fault = reply.getString("fault", "");
            return fault.isEmpty()
                    ? Future.succeededFuture(reply.getJsonObject("answer", new JsonObject()))
                    : Future.failedFuture(new Refusal(502, "It refused", fault));
        } catch (DecodeException | ClassCastException foreign) {
            return Future.failedFuture(new Refusal(502, "It answered what does not read", ""));
        }
    }
}
