package io.coppice.campaign;

/**
 * An invariant that did not hold.
 *
 * @param client who saw it, or failed to see it; empty where it is nobody in particular
 * @param publisher whose message it is about, and {@code topic} and {@code number} which; empty and -1 where it is about none
 * @param micros when
 */
record Violation(
        Invariant invariant, String words, String client, String publisher, String topic, int number, long micros) {
    static Violation of(Invariant invariant, Event event, String client, String words) {
        return new Violation(invariant, words, client, "", "", -1, event.micros());
    }
}
