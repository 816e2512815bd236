package io.coppice.config;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What may be written as the value of a key.
 *
 * @param allowed what is allowed, as a phrase that follows "allowed:"
 * @param reader turns an allowed text into its value, and any other into nothing
 * @param isList whether a file may also write it as a list, which is read as its values with commas between
 * @param shown a value as a message may show it
 */
record ValueType<T>(String allowed, Function<String, Optional<T>> reader, boolean isList, UnaryOperator<String> shown) {
    /** The greatest Session Expiry Interval in seconds, which means that a session never expires. */
    static final long NEVER = 0xFFFF_FFFFL;

    private static final Pattern WHOLE_NUMBER = Pattern.compile("[0-9]{1,18}");
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,18})(KiB|MiB|GiB)?");
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,12})(ms|s|m|h|d)?");
    private static final Map<String, Long> SIZE_UNITS = Map.of("KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30);
    private static final Map<String, Long> MILLIS =
            Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);

    ValueType(String allowed, Function<String, Optional<T>> reader) {
        this(allowed, reader, false);
    }

    ValueType(String allowed, Function<String, Optional<T>> reader, boolean isList) {
        this(allowed, reader, isList, UnaryOperator.identity());
    }

    /** A file or directory; where it should name one, the content of a file may be written by mistake. */
    static ValueType<String> path() {
        return path("[^\\p{Cntrl}]{0,4096}");
    }

    static ValueType<String> path(String pattern) {
        ValueType<String> text = text("a path without control characters", pattern);
        return new ValueType<>(text.allowed, text.reader, false, Shown::path);
    }

    /** The value of a text, or nothing when the text is not allowed. */
    Optional<T> read(String text) {
        return reader.apply(text);
    }

    static ValueType<Boolean> bool() {
        return new ValueType<>("true or false", text -> switch (text) {
            case "true" -> Optional.of(true);
            case "false" -> Optional.of(false);
            default -> Optional.empty();
        });
    }

    static ValueType<String> text(String allowed, String pattern) {
        Pattern compiled = Pattern.compile(pattern);
        return new ValueType<>(
                allowed, text -> compiled.matcher(text).matches() ? Optional.of(text) : Optional.empty());
    }

    static ValueType<Integer> integer(int min, int max) {
        ValueType<Long> wide = longInteger(min, max);
        return new ValueType<>(wide.allowed, text -> wide.read(text).map(Math::toIntExact));
    }

    static ValueType<Long> longInteger(long min, long max) {
        return new ValueType<>("a whole number from " + min + " to " + max, text -> {
            if (!WHOLE_NUMBER.matcher(text).matches()) {
                return Optional.empty();
            }
            return within(min, max, Long.parseLong(text));
        });
    }

    /** Bytes that fit an {@code int}. */
    static ValueType<Integer> size(int min, int max) {
        ValueType<Long> wide = longSize(min, max);
        return new ValueType<>(wide.allowed, text -> wide.read(text).map(Math::toIntExact));
    }

    /** Bytes, written as such or with a binary unit. */
    static ValueType<Long> longSize(long min, long max) {
        String allowed = "a size from " + min + " to " + max + " bytes, such as 512, 16KiB, 1MiB or 1GiB";
        return new ValueType<>(
                allowed, text -> product(SIZE.matcher(text), SIZE_UNITS, 1).flatMap(bytes -> within(min, max, bytes)));
    }

    /** A time span, written in seconds or with a unit. */
    static ValueType<Duration> duration(Duration min, Duration max) {
        String allowed = "a duration from " + shown(min) + " to " + shown(max) + ", such as 500ms, 10s, 5m or 1h";
        return new ValueType<>(
                allowed,
                text -> millis(text)
                        .flatMap(millis -> within(min.toMillis(), max.toMillis(), millis))
                        .map(Duration::ofMillis));
    }

    /** A time span as a whole number of seconds. */
    static ValueType<Long> seconds(long min, long max) {
        String allowed = "a duration of whole seconds from " + min + "s to " + max + "s, such as 10s, 5m or 1h";
        return new ValueType<>(
                allowed,
                text -> millis(text)
                        .filter(millis -> millis % 1_000 == 0)
                        .flatMap(millis -> within(min, max, millis / 1_000)));
    }

    /** A Session Expiry Interval in seconds, or {@code never}. */
    static ValueType<Long> expiry() {
        ValueType<Long> seconds = seconds(0, NEVER);
        return new ValueType<>(
                seconds.allowed + ", or never", text -> text.equals("never") ? Optional.of(NEVER) : seconds.read(text));
    }

    /** One of an enum's constants, written in kebab-case. */
    static <E extends Enum<E>> ValueType<E> choice(Class<E> type) {
        Map<String, E> constants = Arrays.stream(type.getEnumConstants())
                .collect(Collectors.toMap(ValueType::kebabCase, constant -> constant));
        String names =
                Arrays.stream(type.getEnumConstants()).map(ValueType::kebabCase).collect(Collectors.joining(", "));
        return new ValueType<>(
                constants.size() == 1 ? "only " + names : "one of " + names,
                text -> Optional.ofNullable(constants.get(text)));
    }

    /** Values with commas between; an empty text has none. */
    static <T> ValueType<List<T>> list(String allowed, Function<String, Optional<T>> reader) {
        return new ValueType<>(
                allowed,
                text -> {
                    List<Optional<T>> values = text.isBlank()
                            ? List.of()
                            : Arrays.stream(text.split(",", -1))
                                    .map(String::strip)
                                    .map(reader)
                                    .toList();
                    return values.stream().allMatch(Optional::isPresent)
                            ? Optional.of(values.stream().map(Optional::get).toList())
                            : Optional.empty();
                },
                true);
    }

    /** The same with at least one value. */
    static <T> ValueType<List<T>> listOfSome(String allowed, Function<String, Optional<T>> reader) {
        ValueType<List<T>> any = list(allowed, reader);
        return new ValueType<>(allowed, text -> any.read(text).filter(values -> !values.isEmpty()), true);
    }

    private static String kebabCase(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String shown(Duration duration) {
        return duration.toMillis() % 1_000 == 0 ? duration.toSeconds() + "s" : duration.toMillis() + "ms";
    }

    private static Optional<Long> millis(String text) {
        return product(DURATION.matcher(text), MILLIS, 1_000);
    }

    private static Optional<Long> product(Matcher matcher, Map<String, Long> units, long plain) {
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String unit = matcher.group(2);
        long factor = unit == null ? plain : units.getOrDefault(unit, plain);
        try {
            return Optional.of(Math.multiplyExact(Long.parseLong(matcher.group(1)), factor));
        } catch (ArithmeticException tooLarge) {
            return Optional.empty();
        }
    }

    private static Optional<Long> within(long min, long max, long value) {
        return value >= min && value <= max ? Optional.of(value) : Optional.empty();
    }
}
