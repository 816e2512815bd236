package io.coppice.client;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/** How a message is written, after a format with Mosquitto's escapes. */
public final class Layout {
    /** Of times, in UTC and to the millisecond. */
    static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private static final String ALLOWED = "%p payload, %x and %X payload in hexadecimal, %b payload in Base64, %l its "
            + "length, %t topic, %q QoS, %r retained, %U and %I time, %j and %J JSON, %C content type, %D correlation "
            + "data, %E expiry, %F payload format, %P user properties, %R response topic, %%; \\a \\e \\n \\r \\t \\v "
            + "\\0 \\\\";

    private final List<Part> parts;
    private final boolean terminal;

    private interface Part {
        byte[] bytes(Arrived message, Instant now);
    }

    private Layout(List<Part> parts, boolean terminal) {
        this.parts = parts;
        this.terminal = terminal;
    }

    /**
     * Reads a format.
     *
     * @param terminal whether people see it as it is written; then what a stranger has sent cannot do anything there
     * @throws IllegalArgumentException if the format has an escape that is unknown
     */
    public static Layout of(String format, boolean terminal) {
        List<Part> parts = new ArrayList<>();
        Layout layout = new Layout(parts, terminal);
        StringBuilder literal = new StringBuilder();
        int at = 0;
        while (at < format.length()) {
            char character = format.charAt(at++);
            if (character != '%' && character != '\\') {
                literal.append(character);
                continue;
            }
            if (at == format.length()) {
                throw unknown(String.valueOf(character));
            }
            char escape = format.charAt(at++);
            if (character == '\\') {
                literal.append(control(escape));
            } else if (escape == '%') {
                literal.append('%');
            } else {
                parts.add(fixed(literal.toString()));
                literal.setLength(0);
                parts.add(layout.part(escape));
            }
        }
        parts.add(fixed(literal.toString()));
        return layout;
    }

    private static IllegalArgumentException unknown(String escape) {
        return new IllegalArgumentException("the format has " + escape + "; allowed: " + ALLOWED);
    }

    private static Part fixed(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return (message, now) -> bytes;
    }

    private static char control(char escape) {
        return switch (escape) {
            case 'a' -> '\u0007';
            case 'e' -> '\u001b';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'v' -> '\u000b';
            case '0' -> '\0';
            case '\\' -> '\\';
            default -> throw unknown("\\" + escape);
        };
    }

    private Part part(char escape) {
        return switch (escape) {
            case 'p' ->
                (message, now) -> terminal
                        ? Plain.lines(new String(message.payload(), StandardCharsets.UTF_8))
                                .getBytes(StandardCharsets.UTF_8)
                        : message.payload();
            case 'x' -> text(message -> HexFormat.of().formatHex(message.payload()));
            case 'X' -> text(message -> HexFormat.of().withUpperCase().formatHex(message.payload()));
            case 'b' -> text(message -> Base64.getEncoder().encodeToString(message.payload()));
            case 'l' -> text(message -> Integer.toString(message.payload().length));
            case 't' -> text(Arrived::topic);
            case 'q' -> text(message -> Integer.toString(message.qos()));
            case 'r' -> text(message -> message.retain() ? "1" : "0");
            case 'C' -> text(message -> Objects.requireNonNullElse(message.contentType(), ""));
            case 'R' -> text(message -> Objects.requireNonNullElse(message.responseTopic(), ""));
            case 'E' -> text(message -> Objects.toString(message.expirySeconds(), ""));
            case 'F' -> text(message -> Objects.toString(message.payloadFormat(), ""));
            case 'D' -> text(Layout::correlation);
            case 'P' ->
                text(message -> message.userProperties().stream()
                        .map(pair -> pair.getKey() + ":" + pair.getValue())
                        .collect(Collectors.joining(" ")));
            case 'U' ->
                (message, now) -> ascii(now.getEpochSecond() + String.format(Locale.ROOT, ".%09d", now.getNano()));
            case 'I' -> (message, now) -> ascii(TIME.format(now));
            case 'j' -> (message, now) -> JsonLine.of(message, now, false, terminal);
            case 'J' -> (message, now) -> JsonLine.of(message, now, true, terminal);
            default -> throw unknown("%" + escape);
        };
    }

    private static String correlation(Arrived message) {
        byte[] data = message.correlationData();
        return data == null ? "" : new String(data, StandardCharsets.UTF_8);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private Part text(Function<Arrived, String> of) {
        return (message, now) -> {
            String text = of.apply(message);
            return (terminal ? Plain.text(text) : text).getBytes(StandardCharsets.UTF_8);
        };
    }

    /** A message as it is written. */
    byte[] line(Arrived message, Instant now) {
        ByteArrayOutputStream line = new ByteArrayOutputStream(message.payload().length + 64);
        for (Part part : parts) {
            line.writeBytes(part.bytes(message, now));
        }
        return line.toByteArray();
    }
}
