package io.coppice.observe;

import io.coppice.port.CertificateStatus;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;

/** When the certificates end that clients are shown. */
final class CertificateMetrics {
    private final CertificateStatus status;
    private final MeterRegistry registry;

    CertificateMetrics(CertificateStatus status, MeterRegistry registry) {
        this.status = status;
        this.registry = registry;
    }

    void register() {
        List<CertificateStatus.Entry> entries = status.certificates();
        for (int i = 0; i < entries.size(); i++) {
            int index = i;
            CertificateStatus.Entry entry = entries.get(i);
            Gauge.builder("mqtt.cert.expiry.timestamp.seconds", () -> expiry(index))
                    .description("When a certificate that clients are shown is no longer valid, in seconds since 1970")
                    .tag("listener", entry.listener())
                    .tag("certificate", entry.source())
                    .register(registry);
        }
    }

    private double expiry(int index) {
        List<CertificateStatus.Entry> now = status.certificates();
        return index < now.size() ? now.get(index).expiresAtSeconds() : Double.NaN;
    }
}
