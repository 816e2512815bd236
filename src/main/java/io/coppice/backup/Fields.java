package io.coppice.backup;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** The fields of one JSON object. Each is taken once, checked; what nobody takes is not known and refused. */
final class Fields {
    private static final int STRING_BYTES_MAX = 65_535;
    /** A line, what is in it, a list in that, a pair in that. */
    private static final int DEPTH_MAX = 5;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // the length of a line is limited by whoever reads it
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEPTH_MAX)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private final String path;
    private final Map<String, Object> values;

    private Fields(String path, Map<String, Object> values) {
        this.path = path;
        this.values = values;
    }

    /** @throws WrongField where the bytes are not one JSON object */
    static Fields of(byte[] line, int length) {
        try (JsonParser parser = JSON.createParser(line, 0, length)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new WrongField("is not a JSON object");
            }
            Fields fields = new Fields("", object(parser));
            if (parser.nextToken() != null) {
                throw new WrongField("has more than one JSON object");
            }
            return fields;
        } catch (IOException wrong) {
            String detail = wrong.getMessage();
            int rest = detail == null ? -1 : detail.indexOf('\n');
            throw new WrongField("is not JSON: " + (detail == null || rest < 0 ? detail : detail.substring(0, rest)));
        }
    }

    private static Map<String, Object> object(JsonParser parser) throws IOException {
        Map<String, Object> values = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            values.put(name, value(parser, parser.nextToken()));
        }
        return values;
    }

    private static Object value(JsonParser parser, JsonToken token) throws IOException {
        return switch (token) {
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case START_OBJECT -> object(parser);
            case START_ARRAY -> {
                List<Object> list = new ArrayList<>();
                for (JsonToken next = parser.nextToken(); next != JsonToken.END_ARRAY; next = parser.nextToken()) {
                    list.add(value(parser, next));
                }
                yield list;
            }
            default ->
                throw new WrongField("holds " + parser.getText()
                        + "; allowed: strings, whole numbers, true, false, lists and objects");
        };
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    /** Refuses what was not taken. */
    void nothingLeft() {
        for (String name : values.keySet()) {
            throw new WrongField("field " + path + name + " is not one of this version of the format");
        }
    }

    private <T> T take(String name, Class<T> type, String allowed) {
        Object value = values.remove(name);
        if (value == null) {
            throw new WrongField("field " + path + name + " is missing; allowed: " + allowed);
        }
        if (!type.isInstance(value)) {
            throw wrong(name, value, allowed);
        }
        return type.cast(value);
    }

    private WrongField wrong(String name, Object value, String allowed) {
        String shown = String.valueOf(value);
        return new WrongField("field " + path + name + " is "
                + (shown.length() <= 64 ? shown : shown.substring(0, 64) + "…") + "; allowed: " + allowed);
    }

    /** A string as MQTT knows it: up to 65,535 bytes of UTF-8, without U+0000 (MQTT 5, 1.5.4). */
    String text(String name) {
        String allowed = "a string of up to 65535 bytes without U+0000";
        String text = take(name, String.class, allowed);
        if (!isMqttString(text)) {
            throw wrong(name, text, allowed);
        }
        return text;
    }

    String textOr(String name, String absent) {
        return has(name) ? text(name) : absent;
    }

    /** One that is not empty. */
    String word(String name) {
        String text = text(name);
        if (text.isEmpty()) {
            throw wrong(name, "empty", "a string of at least one character");
        }
        return text;
    }

    private static boolean isMqttString(String text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0 || Character.isLowSurrogate(c)) {
                return false;
            } else if (Character.isHighSurrogate(c)) {
                if (++i == text.length() || !Character.isLowSurrogate(text.charAt(i))) {
                    return false;
                }
                bytes += 4;
            } else {
                bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
            }
        }
        return bytes <= STRING_BYTES_MAX;
    }

    byte[] bytes(String name) {
        String allowed = "Base64";
        String text = take(name, String.class, allowed);
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException wrong) {
            throw wrong(name, text, allowed);
        }
    }

    long number(String name, long least, long greatest) {
        return number(
                name,
                number -> number >= least && number <= greatest,
                "a whole number from " + least + " to " + greatest);
    }

    long numberOr(String name, long least, long greatest, long absent) {
        return has(name) ? number(name, least, greatest) : absent;
    }

    private long number(String name, LongPredicate holds, String allowed) {
        long number = take(name, Long.class, allowed);
        if (!holds.test(number)) {
            throw wrong(name, number, allowed);
        }
        return number;
    }

    /** False where it is not there. */
    boolean flag(String name) {
        return has(name) && take(name, Boolean.class, "true, false");
    }

    /** Milliseconds since 1970. */
    long time(String name) {
        String allowed = "a time such as 2026-11-22T05:00:00Z";
        String text = take(name, String.class, allowed);
        try {
            return Instant.parse(text).toEpochMilli();
        } catch (DateTimeException | ArithmeticException wrong) {
            throw wrong(name, text, allowed);
        }
    }

    long timeOr(String name, long absent) {
        return has(name) ? time(name) : absent;
    }

    @SuppressWarnings("unchecked") // no other maps are made
    @Nullable
    Fields object(String name) {
        return has(name) ? new Fields(path + name + ".", take(name, Map.class, "an object")) : null;
    }

    /** Empty where it is not there. */
    int[] numbers(String name, long least, long greatest) {
        if (!has(name)) {
            return new int[0];
        }
        String allowed = "a list of whole numbers from " + least + " to " + greatest;
        List<?> list = take(name, List.class, allowed);
        int[] numbers = new int[list.size()];
        for (int i = 0; i < numbers.length; i++) {
            if (!(list.get(i) instanceof Long number) || number < least || number > greatest) {
                throw wrong(name, list, allowed);
            }
            numbers[i] = number.intValue();
        }
        return numbers;
    }

    /** Pairs of strings; empty where it is not there. */
    List<List<String>> pairs(String name) {
        if (!has(name)) {
            return List.of();
        }
        String allowed = "a list of pairs of strings";
        List<List<String>> pairs = new ArrayList<>();
        for (Object each : take(name, List.class, allowed)) {
            if (!(each instanceof List<?> pair)
                    || pair.size() != 2
                    || !(pair.get(0) instanceof String first)
                    || !(pair.get(1) instanceof String second)
                    || !isMqttString(first)
                    || !isMqttString(second)) {
                throw wrong(name, String.valueOf(each), allowed);
            }
            pairs.add(List.of(first, second));
        }
        return pairs;
    }
}
