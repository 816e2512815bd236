package io.coppice.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** What happens at the admin port, counted. */
final class AdminCounts {
    /** What became of a password or token. */
    enum Login {
        SUCCESS,
        FAILURE,
        /** Not looked at, since its address has to wait. */
        BLOCKED,
        /** Not looked at, since too many others were. */
        BUSY
    }

    /** Why a request was refused of somebody who proved who they are, or need not. */
    enum Refusal {
        ROLE,
        /** A page of another site may have made it. */
        SITE,
        /** It was for another host. */
        HOST,
        /** The audit cannot be written. */
        AUDIT,
        /** Its body is too long. */
        BODY
    }

    private final Map<Login, Counter> logins = new EnumMap<>(Login.class);
    private final Map<Refusal, Counter> refusals = new EnumMap<>(Refusal.class);

    AdminCounts(MeterRegistry registry, Audit audit) {
        for (Login result : Login.values()) {
            logins.put(
                    result,
                    Counter.builder("mqtt.admin.authn")
                            .description("Passwords and tokens shown to the admin port, by what became of them")
                            .tag("result", result.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
        for (Refusal reason : Refusal.values()) {
            refusals.put(
                    reason,
                    Counter.builder("mqtt.admin.refused")
                            .description("Requests to the admin port that were refused, by reason")
                            .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
        Gauge.builder("mqtt.admin.audit.refuses", () -> audit.fault().isEmpty() ? 0 : 1)
                .description("Whether changes are refused because the audit cannot be written: 1 or 0")
                .register(registry);
        FunctionCounter.builder("mqtt.admin.audit.lost", audit, Audit::lost)
                .description("Lines that are missing in the audit because too many could not be written")
                .register(registry);
    }

    void login(Login result) {
        counter(logins, result).increment();
    }

    void refused(Refusal reason) {
        counter(refusals, reason).increment();
    }

    private static <K> Counter counter(Map<K, Counter> counters, K key) {
        Counter counter = counters.get(key);
        if (counter == null) {
            throw new IllegalStateException("not counted: " + key);
        }
        return counter;
    }
}
