package io.coppice.blackbox;

import java.util.List;
import java.util.Optional;

/** The properties that a server sent, in its order. */
public final class ReceivedProps {
    /** A User Property. */
    public record User(String name, String value) {}

    record Entry(Property property, Object value) {}

    static final ReceivedProps NONE = new ReceivedProps(List.of());

    private final List<Entry> entries;

    ReceivedProps(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    public boolean has(Property property) {
        return entries.stream().anyMatch(entry -> entry.property() == property);
    }

    public boolean isEmpty() {
        return entries.isEmpty();
    }

    /** A number; empty if the property is missing. */
    public Optional<Long> number(Property property) {
        return first(property, Long.class);
    }

    public Optional<String> string(Property property) {
        return first(property, String.class);
    }

    public Optional<byte[]> binary(Property property) {
        return first(property, byte[].class);
    }

    /** The User Properties in the order in which they came. */
    public List<User> users() {
        return all(Property.USER_PROPERTY, User.class);
    }

    /** The Subscription Identifiers in the order in which they came. */
    public List<Long> subscriptionIdentifiers() {
        return all(Property.SUBSCRIPTION_IDENTIFIER, Long.class);
    }

    private <T> Optional<T> first(Property property, Class<T> type) {
        return all(property, type).stream().findFirst();
    }

    private <T> List<T> all(Property property, Class<T> type) {
        return entries.stream()
                .filter(entry -> entry.property() == property)
                .map(entry -> type.cast(entry.value()))
                .toList();
    }

    @Override
    public String toString() {
        return entries.stream()
                .map(entry -> entry.property()
                        + "="
                        + (entry.value() instanceof byte[] bytes ? Hex.text(bytes) : String.valueOf(entry.value())))
                .toList()
                .toString();
    }
}
