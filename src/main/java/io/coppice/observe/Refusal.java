package io.coppice.observe;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Why something that was asked for is not done, as a problem says it. */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final String title;
    private final transient JsonObject further;

    /** @param detail what was wrong and what is allowed; empty where the title says it */
    Refusal(int status, String title, String detail) {
        this(status, title, detail, new JsonObject());
    }

    private Refusal(int status, String title, String detail, JsonObject further) {
        super(detail, null, false, false);
        this.status = status;
        this.title = title;
        this.further = further;
    }

    /** A parameter that its schema lets pass and that is wrong all the same. */
    static Refusal wrong(String where, String what, String allowed) {
        JsonObject fault =
                new JsonObject().put("where", where).put("what", what).put("allowed", allowed);
        return new Refusal(
                400,
                "The request is not as it should be",
                where + ": " + what + "; allowed: " + allowed,
                new JsonObject().put("errors", new JsonArray().add(fault)));
    }

    /** A configuration that cannot be: all that is wrong with it. */
    static Refusal faults(String detail, List<String> faults) {
        JsonArray errors = new JsonArray();
        faults.forEach(fault -> errors.add(new JsonObject().put("where", "body").put("what", fault)));
        return new Refusal(
                400, "The configuration is not as it should be", detail, new JsonObject().put("errors", errors));
    }

    /** Something of this node or another one that took too long, or went wrong. */
    static Refusal unanswered(String detail, JsonArray failures) {
        return new Refusal(502, "Not all nodes have answered", detail, new JsonObject().put("failures", failures));
    }

    int status() {
        return status;
    }

    String title() {
        return title;
    }

    String detail() {
        return String.valueOf(getMessage());
    }

    /** Further members of the problem. */
    JsonObject further() {
        return further;
    }
}
