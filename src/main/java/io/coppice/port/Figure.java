package io.coppice.port;

import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Something that can be counted or measured, readable from any thread.
 *
 * @param name with dots, such as {@code mqtt.authn.asked}
 * @param growing whether it never falls while the process lives
 * @param labels from closed sets
 */
public record Figure(String name, String description, boolean growing, Map<String, String> labels, LongSupplier value) {
    public Figure {
        labels = Map.copyOf(labels);
    }
}
