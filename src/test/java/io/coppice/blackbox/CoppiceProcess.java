package io.coppice.blackbox;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Coppice in a process of its own, which ends at once when memory runs out. */
public final class CoppiceProcess implements ServedBroker {
    private static final String READY = "Coppice ready";
    private static final Pattern ADDRESS = Pattern.compile("(\\w+) \\S*?:(\\d+)(?:[,/]|$)");

    private final BrokerProcess process;
    private final Map<String, Integer> ports;

    private CoppiceProcess(BrokerProcess process, Map<String, Integer> ports) {
        this.process = process;
        this.ports = ports;
    }

    /**
     * Starts it and waits until it serves.
     *
     * @param settings configuration keys and values over those of all tests
     * @param openFiles how many files it may have open; 0 for as many as this process
     */
    public static CoppiceProcess start(Map<String, String> settings, int heapMegabytes, int openFiles)
            throws Exception {
        List<String> command = new ArrayList<>();
        if (openFiles > 0) {
            command.addAll(List.of("/bin/sh", "-c", "ulimit -n " + openFiles + " && exec \"$@\"", "sh"));
        }
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heapMegabytes + "m",
                "-XX:MaxDirectMemorySize=" + heapMegabytes + "m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "-Dio.netty.leakDetection.level=simple",
                "-cp",
                System.getProperty("java.class.path"),
                "io.coppice.Main"));
        CoppiceUnderTest.sets(settings).forEach(set -> command.addAll(List.of("--set", set)));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("COPPICE_"));
        Process process = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        BufferedReader output = process.inputReader();
        StringBuilder before = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith(READY)) {
                Map<String, Integer> ports = ports(line);
                return new CoppiceProcess(new BrokerProcess(process, output), ports);
            }
            before.append(line).append('\n');
        }
        throw new IllegalStateException("Coppice did not start:\n" + before);
    }

    private static Map<String, Integer> ports(String ready) {
        Map<String, Integer> ports = new HashMap<>();
        Matcher address = ADDRESS.matcher(ready);
        while (address.find()) {
            ports.put(address.group(1), Integer.valueOf(address.group(2)));
        }
        return ports;
    }

    @Override
    public int port(Transport transport) {
        return ports.get(transport == Transport.TCP ? "mqtt" : "ws");
    }

    @Override
    public int adminPort() {
        return ports.get("admin");
    }

    @Override
    public BrokerProcess process() {
        return process;
    }

    @Override
    public void stop() throws Exception {
        process.stop();
    }
}
