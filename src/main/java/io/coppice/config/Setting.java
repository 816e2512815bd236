package io.coppice.config;

/**
 * One value in force, as it was written.
 *
 * @param key such as {@code limits.packet-size-max}
 * @param value such as {@code 1MiB}; empty where the node chooses
 * @param source {@code default}, the place in the file as {@code path:line}, the name of an environment variable, or
 *     {@code --set}
 * @param documentation what the key means, in one line
 */
public record Setting(String key, String value, String source, String documentation) {}
