package io.coppice.topic;

/** What a {@link Bag} holds: found by a name that never changes. */
abstract class Keyed {
    abstract String key();
}
