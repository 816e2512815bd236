package io.coppice.observe;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import java.lang.management.ManagementFactory;
import java.lang.management.RuntimeMXBean;

/**
 * The meters of the virtual machine and its process: heap, collections and threads by Micrometer's names, the
 * process by the names of the official Prometheus clients, which dashboards know.
 */
final class ProcessMetrics implements AutoCloseable {
    private final JvmGcMetrics collections = new JvmGcMetrics();

    ProcessMetrics(MeterRegistry registry) {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        collections.bindTo(registry);
        RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
        Gauge.builder("process.start.time.seconds", () -> runtime.getStartTime() / 1e3)
                .description("When the process started, in seconds since the epoch")
                .register(registry);
        Gauge.builder("process.uptime.seconds", () -> runtime.getUptime() / 1e3)
                .description("For how long the process has run")
                .register(registry);
        if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
            FunctionCounter.builder("process.cpu.seconds", system, it -> it.getProcessCpuTime() / 1e9)
                    .description("Processor time that the process has used")
                    .register(registry);
        }
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
            Gauge.builder("process.open.fds", unix::getOpenFileDescriptorCount)
                    .description("File descriptors that are open")
                    .register(registry);
            Gauge.builder("process.max.fds", unix::getMaxFileDescriptorCount)
                    .description("File descriptors that may be open")
                    .register(registry);
        }
    }

    @Override
    public void close() {
        collections.close();
    }
}
