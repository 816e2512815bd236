package io.coppice.observe;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** What operators have ordered that lasts, and whether a restart would forget it. */
final class OrderMetrics {
    private final StandingOrders orders;
    private final MeterRegistry registry;

    OrderMetrics(StandingOrders orders, MeterRegistry registry) {
        this.orders = orders;
        this.registry = registry;
    }

    void register() {
        for (Order.Kind kind : Order.Kind.values()) {
            Gauge.builder("mqtt.orders", orders, all -> all.standing(kind))
                    .description(
                            "Bans and changed keys that are in force by order of operators, and last over restarts")
                    .tag("kind", ViewJson.word(kind))
                    .register(registry);
        }
        Gauge.builder("mqtt.orders.unkept", orders, all -> all.isUnkept() ? 1 : 0)
                .description(
                        "1 while what was ordered could not be written to the disk, so that a restart would forget it")
                .register(registry);
        FunctionCounter.builder("mqtt.orders.write.faults", orders, StandingOrders::faults)
                .description("Times that what was ordered could not be written to the disk")
                .register(registry);
    }
}
