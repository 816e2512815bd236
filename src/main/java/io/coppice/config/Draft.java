package io.coppice.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What has been given so far, and all that was wrong with it. */
final class Draft {
    private static final Pattern SECRET = Pattern.compile("(?i)secret|password|token|credential|private|api.?key");

    private record Given(String text, String source) {}

    private final Map<String, Key<?>> keys = new LinkedHashMap<>();
    private final Set<String> groups = new LinkedHashSet<>();
    private final Map<String, Given> given = new LinkedHashMap<>();
    private final List<String> faults = new ArrayList<>();
    private final Set<String> faulty = new HashSet<>();

    Draft(List<Key<?>> keys) {
        for (Key<?> key : keys) {
            this.keys.put(key.name(), key);
            for (int dot = key.name().indexOf('.'); dot >= 0; dot = key.name().indexOf('.', dot + 1)) {
                groups.add(key.name().substring(0, dot));
            }
        }
    }

    boolean isKey(String name) {
        return keys.containsKey(name);
    }

    /** Whether a key may be written as a list of values. */
    boolean isList(String name) {
        Key<?> key = keys.get(name);
        return key != null && key.type().isList();
    }

    boolean isGroup(String name) {
        return groups.contains(name);
    }

    /** Takes a value that outranks all that came before, unless its key is unknown or does not allow it. */
    void give(String name, String text, String source) {
        Key<?> key = keys.get(name);
        if (key == null) {
            unknown(name, true, source);
        } else if (key.type().read(text).isEmpty()) {
            refuse(key, shown(key, text), source);
        } else {
            given.put(name, new Given(text, source));
        }
    }

    /** Notes a value that is not even a single one, such as a list. */
    void refuse(String name, String shown, String source) {
        Key<?> key = keys.get(name);
        if (key == null) {
            unknown(name, false, source);
        } else {
            refuse(key, shown, source);
        }
    }

    private void refuse(Key<?> key, String shown, String source) {
        faulty.add(key.name());
        faults.add(key.name() + ": " + shown + " (" + source + ") is not allowed; allowed: "
                + key.type().allowed());
    }

    /** Its value is not shown: nobody knows what it was meant for, and it may be a password. */
    private void unknown(String name, boolean isSingle, String source) {
        Set<String> candidates = new LinkedHashSet<>(keys.keySet());
        if (!isSingle) {
            candidates.addAll(groups);
        }
        fault(name + " (" + source + ") is an unknown key; nearest: "
                + (isKey(name + "-file") ? name + "-file" : Nearest.to(name, candidates))
                + (SECRET.matcher(name).find() ? "; secrets stand in files of their own, whose paths are given" : ""));
    }

    /** Notes anything else that is wrong. */
    void fault(String line) {
        faults.add(line.replaceAll("\\s*\\R\\s*", " "));
    }

    List<String> faults() {
        return faults;
    }

    /** Whether a key's value is what was written, and not its default in place of something wrong. */
    boolean isSound(String name) {
        return !faulty.contains(name);
    }

    /** Puts a key back to what it is in another one. */
    void takeFrom(Draft other, Key<?> key) {
        Given former = other.given.get(key.name());
        if (former == null) {
            given.remove(key.name());
        } else {
            given.put(key.name(), former);
        }
    }

    /** The text in force. */
    String text(Key<?> key) {
        Given value = given.get(key.name());
        return value == null ? key.byDefault() : value.text();
    }

    private String source(Key<?> key) {
        Given value = given.get(key.name());
        return value == null ? "default" : value.source();
    }

    /** A key with its value and source, as a fault names it. */
    String described(String name) {
        Key<?> key = keys.get(name);
        if (key == null) {
            throw new IllegalArgumentException(name);
        }
        String value = text(key);
        // a path that is allowed is mistaken for nothing else, where no secret is asked for
        String shown = SECRET.matcher(name).find() || value.contains("://") ? shown(key, value) : shown(value);
        return name + ": " + shown + " (" + source(key) + ")";
    }

    List<Setting> settings() {
        return keys.values().stream()
                .map(key -> new Setting(key.name(), text(key), source(key), key.documentation(), key.live()))
                .toList();
    }

    private static String shown(Key<?> key, String text) {
        return shown(key.type().shown().apply(text));
    }

    /** A value on one line and of bounded length, in quotes where it would be hard to see. */
    private static String shown(String text) {
        String line = text.length() > 100 ? text.substring(0, 100) + "…" : text;
        line = line.replaceAll("\\p{Cntrl}", "?");
        return line.isEmpty() || line.contains(" ") || line.contains(":") ? '"' + line + '"' : line;
    }
}
