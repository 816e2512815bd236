package io.coppice.cluster;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** CPU time since it was made, in microseconds. */
final class CpuMeter {
    private final OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final long processBegin = system.getProcessCpuTime();
    private final long threadsBegin = threadNanos();

    private long threadNanos() {
        long sum = 0;
        for (long id : threads.getAllThreadIds()) {
            sum += Math.max(0, threads.getThreadCpuTime(id));
        }
        return sum;
    }

    /** Of the whole process. */
    double process() {
        return (system.getProcessCpuTime() - processBegin) / 1e3;
    }

    /** Of the threads that run Java: without compiler and garbage collector. */
    double threads() {
        return (threadNanos() - threadsBegin) / 1e3;
    }
}
