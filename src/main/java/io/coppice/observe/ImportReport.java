package io.coppice.observe;

import io.coppice.backup.BackupEntry;
import io.coppice.port.Backup;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** What became of the parts of an import. */
final class ImportReport {
    /** Reasons that are told one by one; an operator who reads more than that wants the first ones anyway. */
    private static final int REFUSALS_MAX = 100;

    private final Map<Backup.Verdict, Long> retained = new EnumMap<>(Backup.Verdict.class);
    private final Map<Backup.Verdict, Long> sessions = new EnumMap<>(Backup.Verdict.class);
    private long messages;
    private final JsonArray refused = new JsonArray();
    private final JsonObject from = new JsonObject();

    void header(BackupEntry.Header header) {
        from.put("node", header.node())
                .put("cluster", header.cluster())
                .put("release", header.release())
                .put("at", Instant.ofEpochMilli(header.at()).toString());
    }

    void retained(long line, String topic, Backup.Outcome outcome) {
        retained.merge(outcome.verdict(), 1L, Long::sum);
        refused(line, "retained message of " + topic, outcome);
    }

    /** @param line at which it ends */
    void session(long line, String clientId, long withMessages, Backup.Outcome outcome) {
        sessions.merge(outcome.verdict(), 1L, Long::sum);
        messages += outcome.verdict() == Backup.Verdict.IMPORTED ? withMessages : 0;
        refused(line, "session of " + clientId, outcome);
    }

    private void refused(long line, String what, Backup.Outcome outcome) {
        boolean told = outcome.verdict() == Backup.Verdict.REFUSED || outcome.verdict() == Backup.Verdict.FAILED;
        if (told && refused.size() < REFUSALS_MAX) {
            refused.add(new JsonObject().put("line", line).put("what", what).put("why", outcome.why()));
        }
    }

    JsonObject json() {
        return new JsonObject()
                .put("from", from)
                .put("retained", counts(retained))
                .put("sessions", counts(sessions).put("messages", messages))
                .put("refused", refused);
    }

    private static JsonObject counts(Map<Backup.Verdict, Long> verdicts) {
        JsonObject json = new JsonObject();
        for (Backup.Verdict verdict : Backup.Verdict.values()) {
            json.put(verdict.name().toLowerCase(Locale.ROOT), verdicts.getOrDefault(verdict, 0L));
        }
        return json;
    }

    @Override
    public String toString() {
        return "sessions " + sessions + " with " + messages + " messages, retained " + retained;
    }
}
