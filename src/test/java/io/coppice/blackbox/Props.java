package io.coppice.blackbox;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A property list as a client writes it. {@code with} writes a property as the standard says; the methods named after
 * data types write any id with any type, and everything may be repeated.
 */
public final class Props {
    private record Entry(int id, Object value, byte[] bytes) {}

    private final List<Entry> entries = new ArrayList<>();
    private byte[] length;

    private Props() {}

    /** An empty list: one byte 00. */
    public static Props of() {
        return new Props();
    }

    /** A list of one number. */
    public static Props of(Property property, long value) {
        return of().with(property, value);
    }

    /** A list of one string. */
    public static Props of(Property property, String value) {
        return of().with(property, value);
    }

    public Props with(Property property, long value) {
        return switch (property.kind()) {
            case BYTE -> int8(property.id(), value);
            case TWO_BYTES -> int16(property.id(), value);
            case FOUR_BYTES -> int32(property.id(), value);
            case VARINT -> varint(property.id(), value);
            default -> throw new IllegalArgumentException(property + " is no number");
        };
    }

    public Props with(Property property, String value) {
        if (property.kind() != Property.Kind.STRING) {
            throw new IllegalArgumentException(property + " is no string");
        }
        return string(property.id(), value);
    }

    /** A string of these bytes, right or wrong, or binary data. */
    public Props with(Property property, byte[] value) {
        if (property.kind() != Property.Kind.STRING && property.kind() != Property.Kind.BINARY) {
            throw new IllegalArgumentException(property + " is neither a string nor binary");
        }
        return binary(property.id(), value);
    }

    /** A User Property. */
    public Props user(String name, String value) {
        return pair(Property.USER_PROPERTY.id(), ByteWriter.utf8(name), ByteWriter.utf8(value));
    }

    public Props int8(int id, long value) {
        return add(id, value, new ByteWriter().int8(value));
    }

    public Props int16(int id, long value) {
        return add(id, value, new ByteWriter().int16(value));
    }

    public Props int32(int id, long value) {
        return add(id, value, new ByteWriter().int32(value));
    }

    public Props varint(int id, long value) {
        return add(id, value, new ByteWriter().varint(value));
    }

    public Props string(int id, String value) {
        return add(id, value, new ByteWriter().string(value));
    }

    /** Two bytes of length and the bytes: binary data, or a string that need not be UTF-8. */
    public Props binary(int id, byte[] value) {
        return add(id, value, new ByteWriter().prefixed(value));
    }

    public Props pair(int id, byte[] name, byte[] value) {
        return add(id, value, new ByteWriter().prefixed(name).prefixed(value));
    }

    /** Bytes in the list, as they are. */
    public Props raw(String hex) {
        entries.add(new Entry(-1, "", Hex.bytes(hex)));
        return this;
    }

    /** These bytes where the Property Length belongs. */
    public Props lengthBytes(String hex) {
        length = Hex.bytes(hex);
        return this;
    }

    /** A copy with one number more. */
    Props and(Property property, long value) {
        Props more = of();
        more.entries.addAll(entries);
        more.length = length;
        return more.with(property, value);
    }

    /** The first number that was written for the property. */
    Optional<Long> number(Property property) {
        return entries.stream()
                .filter(entry -> entry.id() == property.id() && entry.value() instanceof Long)
                .map(entry -> (Long) entry.value())
                .findFirst();
    }

    boolean has(Property property) {
        return entries.stream().anyMatch(entry -> entry.id() == property.id());
    }

    /** Property Length and properties. */
    byte[] bytes() {
        ByteWriter list = new ByteWriter();
        entries.forEach(entry -> list.raw(entry.bytes()));
        byte[] properties = list.bytes();
        ByteWriter writer = new ByteWriter();
        if (length == null) {
            writer.varint(properties.length);
        } else {
            writer.raw(length);
        }
        return writer.raw(properties).bytes();
    }

    private Props add(int id, Object value, ByteWriter encoded) {
        byte[] bytes = new ByteWriter().varint(id).raw(encoded.bytes()).bytes();
        entries.add(new Entry(id, value, bytes));
        return this;
    }
}
