package io.coppice.admin;

import io.coppice.shell.Surroundings;
import io.coppice.shell.Version;
import io.coppice.shell.Wrong;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code admin publish}: a message on behalf of the operator. */
@Command(
        name = "publish",
        description = "Publishes a message on behalf of the operator; no access rule is asked.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class PublishCommand extends NodeCommand.Single {
    /** Whatever the node allows, it is less. */
    private static final int PAYLOAD_MAX = 256 << 20;

    @Mixin
    private Asked asked = new Asked();

    @Parameters(paramLabel = "TOPIC")
    private String topic = "";

    @Option(
            names = {"-m", "--message"},
            paramLabel = "TEXT",
            description = "What to say; without it, and without a file, nothing.")
    private @Nullable String text;

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "A file is the message.")
    private @Nullable Path file;

    @Option(
            names = "--qos",
            paramLabel = "QOS",
            defaultValue = "0",
            description = "0, 1 or 2; default: ${DEFAULT-VALUE}.")
    private int qos;

    @Option(names = "--retain", description = "Keep it for the topic; an empty one clears that.")
    private boolean retain;

    @Option(names = "--content-type", paramLabel = "TYPE", description = "Such as application/json.")
    private @Nullable String contentType;

    @Option(names = "--response-topic", paramLabel = "TOPIC", description = "Where answers go.")
    private @Nullable String responseTopic;

    @Option(names = "--message-expiry", paramLabel = "SECONDS", description = "For how long it is of use.")
    private @Nullable Integer expiry;

    @Option(names = "--user-property", paramLabel = "NAME=VALUE", description = "User property; may be repeated.")
    private List<String> userProperties = new ArrayList<>();

    PublishCommand(Means means) {
        super(means);
    }

    @Override
    public Integer call() {
        return answered(asked, (api, report) -> {
            JsonObject done = api.send("/publish", "POST", message());
            report.say(
                    done,
                    "Published to " + topic + "; "
                            + (done.getBoolean("matched") ? "somebody subscribes" : "nobody subscribes")
                            + (qos == 0 || done.getBoolean("safe") ? "" : ", and not everyone whom it concerns has it")
                            + (done.getBoolean("rejected") ? ", and a full queue has refused it" : "") + ".");
            int status = report.status();
            boolean whole = !done.getBoolean("rejected") && (qos == 0 || done.getBoolean("safe"));
            return whole ? status : AdminCommand.FAILED;
        });
    }

    private JsonObject message() throws Wrong {
        if (text != null && file != null) {
            throw new Wrong("-m and -f are not allowed together; allowed: one of the two");
        }
        JsonObject message =
                new JsonObject().put("topic", topic).put("qos", qos).put("retain", retain);
        if (text != null) {
            message.put("payload", text);
        } else if (file != null) {
            payload(Surroundings.read(file, PAYLOAD_MAX), message);
        }
        JsonObject properties = new JsonObject();
        put(properties, "contentType", contentType);
        put(properties, "responseTopic", responseTopic);
        put(properties, "messageExpirySeconds", expiry);
        JsonArray pairs = new JsonArray();
        for (String property : userProperties) {
            int equals = property.indexOf('=');
            if (equals < 0) {
                throw new Wrong("--user-property " + property + " is not allowed; allowed: NAME=VALUE");
            }
            pairs.add(new JsonObject()
                    .put("name", property.substring(0, equals))
                    .put("value", property.substring(equals + 1)));
        }
        put(properties, "userProperties", pairs.isEmpty() ? null : pairs);
        return properties.isEmpty() ? message : message.put("properties", properties);
    }

    private static void put(JsonObject to, String name, @Nullable Object value) {
        if (value != null) {
            to.put(name, value);
        }
    }

    private static void payload(byte[] bytes, JsonObject to) {
        try {
            to.put(
                    "payload",
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes))
                            .toString());
        } catch (CharacterCodingException noText) {
            to.put("payloadBase64", Base64.getEncoder().encodeToString(bytes));
        }
    }
}
