import io.moquette.broker.Server;
import io.moquette.broker.config.MemoryConfig;
import java.util.Properties;

/**
 * Moquette that lets everybody in and keeps its state in memory, for measurements beside it: {@code java -cp CLASSPATH
 * MoquetteServer.java PORT}. The class path is that of io.moquette:moquette-broker.
 */
final class MoquetteServer {
    public static void main(String[] args) throws Exception {
        Properties settings = new Properties();
        settings.setProperty("host", "127.0.0.1");
        settings.setProperty("port", args[0]);
        settings.setProperty("allow_anonymous", "true");
        settings.setProperty("persistence_enabled", "false");
        settings.setProperty("telemetry_enabled", "false");
        Server broker = new Server();
        broker.startServer(new MemoryConfig(settings));
    }
}
