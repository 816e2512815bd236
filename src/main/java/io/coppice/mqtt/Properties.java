package io.coppice.mqtt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The properties of one packet, immutable (MQTT 5, 2.2.2). Numbers are unsigned and held as {@code long};
 * strings, binaries, user properties and subscription identifiers keep the order they came in.
 */
public final class Properties {
    /** No properties; what packets of MQTT 3.1 and 3.1.1 carry. */
    public static final Properties NONE = new Properties(Map.of(), List.of(), new int[0]);

    private final Map<Property, Object> values;
    private final List<UserProperty> userProperties;
    private final int[] subscriptionIdentifiers;

    private Properties(Map<Property, Object> values, List<UserProperty> userProperties, int[] subscriptionIdentifiers) {
        this.values = values;
        this.userProperties = userProperties;
        this.subscriptionIdentifiers = subscriptionIdentifiers;
    }

    public boolean isEmpty() {
        return values.isEmpty() && userProperties.isEmpty() && subscriptionIdentifiers.length == 0;
    }

    /** Whether a single-valued property is present. */
    public boolean has(Property property) {
        return values.containsKey(property);
    }

    /** The value of a numeric property, or {@code absent} where it is not present. */
    public long number(Property property, long absent) {
        Object value = values.get(property);
        return value == null ? absent : (Long) value;
    }

    /** The value of a string property, or null where it is not present. */
    public @Nullable String text(Property property) {
        return (String) values.get(property);
    }

    /** The value of a binary property, or null where it is not present; not to be written to. */
    public byte @Nullable [] binary(Property property) {
        return (byte[]) values.get(property);
    }

    /** User properties in the order they came. */
    public List<UserProperty> userProperties() {
        return userProperties;
    }

    /** Subscription Identifiers (1 to 268,435,455) in the order they came; not to be written to. */
    public int[] subscriptionIdentifiers() {
        return subscriptionIdentifiers;
    }

    /** The single-valued properties present, in the order of their identifiers; values are Long, String or byte[]. */
    public Map<Property, Object> singles() {
        return values;
    }

    /** The same with a User Property: in the place of the first of that name, or behind all others. */
    public Properties withUser(String name, String value) {
        List<UserProperty> changed = new ArrayList<>(userProperties);
        UserProperty property = new UserProperty(name, value);
        for (int i = 0; i < changed.size(); i++) {
            if (changed.get(i).name().equals(name)) {
                changed.set(i, property);
                return new Properties(values, List.copyOf(changed), subscriptionIdentifiers);
            }
        }
        changed.add(property);
        return new Properties(values, List.copyOf(changed), subscriptionIdentifiers);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Properties that
                && userProperties.equals(that.userProperties)
                && Arrays.equals(subscriptionIdentifiers, that.subscriptionIdentifiers)
                && values.keySet().equals(that.values.keySet())
                && values.entrySet().stream()
                        .allMatch(e -> Objects.deepEquals(e.getValue(), that.values.get(e.getKey())));
    }

    @Override
    public int hashCode() {
        return Objects.hash(values.keySet(), userProperties, Arrays.hashCode(subscriptionIdentifiers));
    }

    @Override
    public String toString() {
        return "Properties" + values.keySet() + userProperties + Arrays.toString(subscriptionIdentifiers);
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Collects properties; refuses nothing, the decoder and the callers know what is allowed. */
    public static final class Builder {
        private final Map<Property, Object> values = new EnumMap<>(Property.class);
        private final List<UserProperty> userProperties = new ArrayList<>();
        private int[] subscriptionIdentifiers = NONE.subscriptionIdentifiers;

        private Builder() {}

        public Builder number(Property property, long value) {
            values.put(property, value);
            return this;
        }

        public Builder text(Property property, String value) {
            values.put(property, value);
            return this;
        }

        public Builder binary(Property property, byte[] value) {
            values.put(property, value);
            return this;
        }

        public Builder user(String name, String value) {
            userProperties.add(new UserProperty(name, value));
            return this;
        }

        public Builder subscriptionIdentifier(int identifier) {
            subscriptionIdentifiers = Arrays.copyOf(subscriptionIdentifiers, subscriptionIdentifiers.length + 1);
            subscriptionIdentifiers[subscriptionIdentifiers.length - 1] = identifier;
            return this;
        }

        public boolean has(Property property) {
            return values.containsKey(property);
        }

        public Properties build() {
            if (values.isEmpty() && userProperties.isEmpty() && subscriptionIdentifiers.length == 0) {
                return NONE;
            }
            return new Properties(
                    values.isEmpty() ? Map.of() : new EnumMap<>(values),
                    List.copyOf(userProperties),
                    subscriptionIdentifiers);
        }
    }
}
