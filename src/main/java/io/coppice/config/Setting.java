package io.coppice.config;

/**
 * One value in force, as it was written.
 *
 * @param key such as {@code limits.packet-size-max}
 * @param value such as {@code 1MiB}; empty where the node chooses
 * @param source {@code default}, the place in the file as {@code path:line}, the name of an environment variable,
 *     {@code --set}, or {@code api} for what was ordered while the node served
 * @param documentation what the key means, in one line
 * @param live whether it may change while the node serves
 */
public record Setting(String key, String value, String source, String documentation, boolean live) {}
