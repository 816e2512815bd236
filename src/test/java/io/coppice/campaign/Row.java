package io.coppice.campaign;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A round, as a line of JSON. */
record Row(JsonObject json) {
    /**
     * @param seconds from the first fault until all that was acknowledged had come
     * @param recovered from the end of the fault until every node served
     * @param wrong what is wrong and no violation of an invariant
     */
    static Row of(
            Fault fault,
            long seed,
            int number,
            String commit,
            Checker.Verdict verdict,
            int takeovers,
            double seconds,
            double recovered,
            List<String> wrong) {
        JsonObject violations = new JsonObject();
        verdict.violations().forEach((invariant, count) -> violations.put(name(invariant), count));
        JsonArray waits = new JsonArray();
        verdict.waits().stream().sorted().forEach(wait -> waits.add(wait / 1000));
        return new Row(new JsonObject()
                .put("fault", fault.name())
                .put("seed", seed)
                .put("round", number)
                .put("date", java.time.LocalDate.now(java.time.ZoneOffset.UTC).toString())
                .put("commit", commit)
                .put("acked", verdict.acked())
                .put("received", verdict.received())
                .put("unanswered", verdict.unanswered())
                .put("lost", count(verdict.violations(), Invariant.DELIVERED))
                .put("duplicated", count(verdict.violations(), Invariant.ONCE))
                .put("reordered", count(verdict.violations(), Invariant.ORDER))
                .put("violations", violations)
                .put("qos1_repeats", verdict.repeats())
                .put("shared_qos2_repeats", verdict.sharedTwice())
                .put("takeovers", takeovers)
                .put(
                        "unavailable_ms",
                        new JsonObject()
                                .put("p50", percentile(verdict.waits(), 0.5))
                                .put("p99", percentile(verdict.waits(), 0.99)))
                .put("waits_ms", waits)
                .put("recovered_s", round(recovered))
                .put("seconds", round(seconds))
                .put("wrong", new JsonArray(wrong)));
    }

    boolean isClean() {
        return json.getJsonObject("violations").isEmpty()
                && json.getJsonArray("wrong").isEmpty();
    }

    private static int count(Map<Invariant, Integer> violations, Invariant invariant) {
        return violations.getOrDefault(invariant, 0);
    }

    static String name(Invariant invariant) {
        return invariant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** In milliseconds, of microseconds. */
    private static long percentile(List<Long> values, double share) {
        return Report.percentile(values, share) / 1000;
    }

    private static double round(double seconds) {
        return Math.round(seconds * 10) / 10.0;
    }
}
