package io.coppice.blackbox;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Another broker, to tell whether a test asks for what the standard says or for what Coppice does. */
final class MosquittoUnderTest implements ServedBroker {
    private static final Map<String, String> SAME_SETTING = Map.of(
            "limits.packet-size-max", "max_packet_size",
            "limits.keep-alive-max", "max_keepalive",
            "limits.receive-maximum", "max_inflight_messages",
            "limits.topic-alias-max", "max_topic_alias");

    private final Process process;
    private final int tcpPort;
    private final WebSocketFront front;

    private MosquittoUnderTest(Process process, int tcpPort, WebSocketFront front) {
        this.process = process;
        this.tcpPort = tcpPort;
        this.front = front;
    }

    /** Whether all these settings have their like in Mosquitto. */
    static boolean has(Set<String> settings) {
        return SAME_SETTING.keySet().containsAll(settings);
    }

    /** {@code settings} are Coppice's keys that it {@link #has}. */
    static ServedBroker start(Map<String, String> settings) throws Exception {
        int port = freePort();
        List<String> config = new ArrayList<>(
                List.of("log_dest stderr", "log_type error", "log_type information", "connection_messages false"));
        List<String> listener = new ArrayList<>(List.of("listener " + port + " 127.0.0.1", "allow_anonymous true"));
        settings.forEach((key, value) -> {
            String same = SAME_SETTING.get(key);
            (same.equals("max_topic_alias") ? listener : config).add(same + " " + value.replaceAll("s$", ""));
        });
        config.addAll(listener);
        Path file = Files.createTempFile("mosquitto", ".conf");
        file.toFile().deleteOnExit();
        Files.write(file, config);
        Process process = new ProcessBuilder("/usr/sbin/mosquitto", "-c", file.toString())
                .redirectErrorStream(true)
                .start();
        awaitReady(process.inputReader());
        return new MosquittoUnderTest(process, port, WebSocketFront.before(port));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static void awaitReady(BufferedReader log) throws IOException {
        StringBuilder seen = new StringBuilder();
        for (String text = log.readLine(); text != null; text = log.readLine()) {
            seen.append(text).append('\n');
            if (text.endsWith("running")) {
                Thread drain = new Thread(() -> drain(log), "mosquitto-log");
                drain.setDaemon(true);
                drain.start();
                return;
            }
        }
        throw new IOException("Mosquitto did not start:\n" + seen);
    }

    /** Reads on, so that Mosquitto never waits for room in the pipe. */
    private static void drain(BufferedReader log) {
        try {
            log.transferTo(Writer.nullWriter());
        } catch (IOException stopped) {
            // The pipe closes with the process.
        }
    }

    @Override
    public int port(Transport transport) {
        return transport == Transport.TCP ? tcpPort : front.port();
    }

    @Override
    public void stop() throws Exception {
        front.stop();
        process.destroy();
        process.waitFor();
    }
}
