import com.hivemq.embedded.EmbeddedExtension;
import com.hivemq.embedded.EmbeddedHiveMQ;
import com.hivemq.extension.sdk.api.ExtensionMain;
import com.hivemq.extension.sdk.api.auth.SimpleAuthenticator;
import com.hivemq.extension.sdk.api.parameter.ExtensionStartInput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStartOutput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStopInput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStopOutput;
import com.hivemq.extension.sdk.api.services.Services;
import java.nio.file.Path;

/**
 * HiveMQ's community edition that lets everybody in, for measurements beside it: {@code java -cp CLASSPATH
 * HiveMqServer.java CONF DATA}, with a config.xml in CONF. The class path is that of
 * com.hivemq:hivemq-community-edition-embedded.
 */
final class HiveMqServer {
    public static void main(String[] args) {
        ExtensionMain open = new ExtensionMain() {
            @Override
            public void extensionStart(ExtensionStartInput input, ExtensionStartOutput output) {
                SimpleAuthenticator everybody = (client, decision) -> decision.authenticateSuccessfully();
                Services.securityRegistry().setAuthenticatorProvider(client -> everybody);
            }

            @Override
            public void extensionStop(ExtensionStopInput input, ExtensionStopOutput output) {}
        };
        Path conf = Path.of(args[0]);
        Path data = Path.of(args[1]);
        EmbeddedHiveMQ broker = EmbeddedHiveMQ.builder()
                .withConfigurationFolder(conf)
                .withDataFolder(data)
                .withExtensionsFolder(conf)
                .withEmbeddedExtension(EmbeddedExtension.builder()
                        .withId("open")
                        .withName("open")
                        .withVersion("1")
                        .withAuthor("bench")
                        .withExtensionMain(open)
                        .build())
                .build();
        broker.start().join();
    }
}
