package io.coppice.mqtt;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a subscription asks for: topic levels, '+' for any one level, '#' at the end for any number of
 * them; with {@code $share/group/} before it, a share of the messages (MQTT 5, 4.7 and 4.8.2).
 * Equal when the strings are equal.
 */
public final class TopicFilter {
    private static final String SHARE = "$share/";

    private final String value;
    private final @Nullable String shareName;
    private final String inner;

    private TopicFilter(String value, @Nullable String shareName, String inner) {
        this.value = value;
        this.shareName = shareName;
        this.inner = inner;
    }

    /**
     * Checks and wraps a filter.
     *
     * @throws ProtocolError 0x8F Topic Filter invalid
     */
    public static TopicFilter of(String value) {
        if (value.isEmpty() || Strings.utf8Length(value) > Strings.MAX_BYTES) {
            throw invalid(value, "a filter has 1 to 65535 bytes");
        }
        if (value.indexOf('\0') >= 0) {
            throw invalid(value, "a filter holds no U+0000");
        }
        String shareName = null;
        String inner = value;
        if (value.startsWith(SHARE)) {
            int end = value.indexOf('/', SHARE.length());
            if (end < 0 || end + 1 == value.length()) {
                throw invalid(
                        value, "a shared subscription is $share/group/filter with a filter of at least one character");
            }
            shareName = value.substring(SHARE.length(), end);
            if (shareName.isEmpty() || shareName.indexOf('+') >= 0 || shareName.indexOf('#') >= 0) {
                throw invalid(value, "a share name has at least one character and holds no '/', '+' or '#'");
            }
            inner = value.substring(end + 1);
        }
        checkWildcards(value, inner);
        return new TopicFilter(value, shareName, inner);
    }

    private static void checkWildcards(String value, String inner) {
        for (int i = 0; i < inner.length(); i++) {
            char c = inner.charAt(i);
            if (c != '+' && c != '#') {
                continue;
            }
            boolean startsLevel = i == 0 || inner.charAt(i - 1) == '/';
            boolean last = i + 1 == inner.length();
            boolean endsLevel = last || c == '+' && inner.charAt(i + 1) == '/';
            if (!startsLevel || !endsLevel) {
                throw invalid(value, "'+' fills a whole level, '#' the whole last one; character " + i + " does not");
            }
        }
    }

    private static ProtocolError invalid(String value, String allowed) {
        String shown = value.length() <= 64 ? value : value.substring(0, 64) + "…";
        return new ProtocolError(ReasonCode.TOPIC_FILTER_INVALID, "topic filter '" + shown + "': " + allowed);
    }

    /** The whole filter as the client wrote it, with {@code $share/group/} if any. */
    public String value() {
        return value;
    }

    public boolean isShared() {
        return shareName != null;
    }

    /** The group of a shared subscription, or null. */
    public @Nullable String shareName() {
        return shareName;
    }

    /** The filter without {@code $share/group/}: what topics are matched against. */
    public String inner() {
        return inner;
    }

    /** The levels of {@link #inner()}, cut from it by each call: kept, they would weigh many times what the filter does. */
    public String[] levels() {
        List<String> levels = new ArrayList<>();
        int start = 0;
        for (int slash = inner.indexOf('/'); slash >= 0; slash = inner.indexOf('/', start)) {
            levels.add(inner.substring(start, slash));
            start = slash + 1;
        }
        levels.add(inner.substring(start));
        return levels.toArray(new String[0]);
    }

    /** Whether a topic matches {@link #inner()}; a wildcard at the beginning matches none that begins with '$' (MQTT 5, 4.7.2). */
    public boolean matches(TopicName topic) {
        String name = topic.value();
        if (topic.isSystem() && (inner.startsWith("+") || inner.startsWith("#"))) {
            return false;
        }
        int wanted = 0;
        int at = 0;
        while (true) {
            int wantedEnd = levelEnd(inner, wanted);
            if (inner.startsWith("#", wanted) && wantedEnd == wanted + 1) {
                return true;
            }
            int end = levelEnd(name, at);
            boolean any = inner.startsWith("+", wanted) && wantedEnd == wanted + 1;
            boolean same = wantedEnd - wanted == end - at && inner.regionMatches(wanted, name, at, wantedEnd - wanted);
            if (!any && !same) {
                return false;
            }
            if (wantedEnd == inner.length()) {
                return end == name.length();
            }
            if (end == name.length()) {
                return inner.startsWith("/#", wantedEnd) && wantedEnd + 2 == inner.length();
            }
            wanted = wantedEnd + 1;
            at = end + 1;
        }
    }

    private static int levelEnd(String path, int start) {
        int slash = path.indexOf('/', start);
        return slash < 0 ? path.length() : slash;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other || other instanceof TopicFilter that && value.equals(that.value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return value;
    }
}
