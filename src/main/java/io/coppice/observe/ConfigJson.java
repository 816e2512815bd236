package io.coppice.observe;

import io.coppice.config.Setting;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.regex.Pattern;

/** The configuration in force, without secrets: files that hold them are named, and what a URL may hold is left out. */
final class ConfigJson {
    private static final String HIDDEN = "…";
    /** Keys that would be secrets themselves, should there be any one day. */
    private static final Pattern SECRET = Pattern.compile(".*(password|secret|token|passphrase|credentials)");

    private static final Pattern USER_OF_URL = Pattern.compile("(://)[^/?#\\s]*@");
    private static final Pattern QUERY_OF_URL = Pattern.compile("(://[^?#\\s]*)[?#]\\S*");

    private ConfigJson() {}

    static JsonObject of(List<Setting> settings) {
        JsonArray all = new JsonArray();
        for (Setting setting : settings) {
            all.add(new JsonObject()
                    .put("key", setting.key())
                    .put("value", shown(setting))
                    .put("source", setting.source())
                    .put("documentation", setting.documentation())
                    .put("live", setting.live()));
        }
        return new JsonObject().put("settings", all);
    }

    private static String shown(Setting setting) {
        String value = setting.value();
        if (value.isEmpty() || !SECRET.matcher(setting.key()).matches()) {
            String named = USER_OF_URL.matcher(value).replaceAll("$1" + HIDDEN + "@");
            return QUERY_OF_URL.matcher(named).replaceAll("$1?" + HIDDEN);
        }
        return HIDDEN;
    }
}
