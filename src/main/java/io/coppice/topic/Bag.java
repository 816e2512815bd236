package io.coppice.topic;

import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A set of things with different keys that fits into one volatile field and costs next to nothing while it is
 * small: null, the only element, an immutable array of at most {@link #ARRAY_MAX}, or a concurrent map.
 *
 * <p>One writer at a time stores what {@link #with} and {@link #without} return into the field; readers on any
 * thread use what they read from it. An element that stays is found by every reader and met exactly once by
 * every iteration, one that is removed and added again perhaps twice; replacing an element leaves no moment without one.
 */
final class Bag {
    static final int ARRAY_MAX = 16;
    private static final int ARRAY_AGAIN = 8;

    private Bag() {}

    static <T extends Keyed> @Nullable T get(@Nullable Object bag, String key) {
        if (bag == null) {
            return null;
        }
        if (bag instanceof Keyed one) {
            return one.key().equals(key) ? Bag.<T>cast(one) : null;
        }
        if (bag instanceof Keyed[] some) {
            int at = indexOf(some, key);
            return at < 0 ? null : Bag.<T>cast(some[at]);
        }
        Keyed found = ((Many) bag).get(key);
        return found == null ? null : Bag.<T>cast(found);
    }

    /** The bag with an element added, or put in the place of the one with the same key. */
    static Object with(@Nullable Object bag, Keyed item) {
        if (bag == null) {
            return item;
        }
        if (bag instanceof Keyed one) {
            return one.key().equals(item.key()) ? item : new Keyed[] {one, item};
        }
        if (bag instanceof Keyed[] some) {
            return with(some, item);
        }
        Many many = (Many) bag;
        many.put(item.key(), item);
        many.peak = Math.max(many.peak, many.size());
        return many;
    }

    private static Object with(Keyed[] some, Keyed item) {
        int at = indexOf(some, item.key());
        if (at < 0 && some.length == ARRAY_MAX) {
            Many many = new Many(Arrays.asList(some));
            many.put(item.key(), item);
            return many;
        }
        Keyed[] copy = Arrays.copyOf(some, at < 0 ? some.length + 1 : some.length);
        copy[at < 0 ? some.length : at] = item;
        return copy;
    }

    /** The bag without the element of a key, which may be missing; null when nothing is left. */
    static @Nullable Object without(@Nullable Object bag, String key) {
        if (bag == null) {
            return null;
        }
        if (bag instanceof Keyed one) {
            return one.key().equals(key) ? null : one;
        }
        if (bag instanceof Keyed[] some) {
            return without(some, key);
        }
        return ((Many) bag).without(key);
    }

    private static Object without(Keyed[] some, String key) {
        int at = indexOf(some, key);
        if (at < 0) {
            return some;
        }
        if (some.length == 2) {
            return some[1 - at];
        }
        Keyed[] copy = Arrays.copyOf(some, some.length - 1);
        System.arraycopy(some, at + 1, copy, at, copy.length - at);
        return copy;
    }

    static int size(@Nullable Object bag) {
        if (bag == null) {
            return 0;
        }
        if (bag instanceof Keyed[] some) {
            return some.length;
        }
        return bag instanceof Many many ? many.size() : 1;
    }

    static <T extends Keyed> void forEach(@Nullable Object bag, Consumer<T> action) {
        if (bag instanceof Keyed one) {
            action.accept(Bag.<T>cast(one));
        } else if (bag instanceof Keyed[] some) {
            for (Keyed each : some) {
                action.accept(Bag.<T>cast(each));
            }
        } else if (bag instanceof Many many) {
            for (Keyed each : many.values()) {
                action.accept(Bag.<T>cast(each));
            }
        }
    }

    /** The elements one by one, without a copy of them; good while the bag changes. */
    @SuppressWarnings("unchecked")
    static <T extends Keyed> Iterator<T> iterator(@Nullable Object bag) {
        if (bag == null) {
            return Collections.emptyIterator();
        }
        if (bag instanceof Keyed one) {
            return Collections.singletonList(Bag.<T>cast(one)).iterator();
        }
        if (bag instanceof Keyed[] some) {
            return (Iterator<T>) Arrays.asList(some).iterator();
        }
        return (Iterator<T>) ((Many) bag).values().iterator();
    }

    private static int indexOf(Keyed[] some, String key) {
        for (int i = 0; i < some.length; i++) {
            if (some[i].key().equals(key)) {
                return i;
            }
        }
        return -1;
    }

    @SuppressWarnings("unchecked")
    private static <T extends Keyed> T cast(Keyed item) {
        return (T) item;
    }

    /** More elements than an array is good for. */
    private static final class Many extends ConcurrentHashMap<String, Keyed> {
        private static final long serialVersionUID = 1;

        int peak;

        Many(Iterable<Keyed> items) {
            super(2 * ARRAY_MAX);
            for (Keyed item : items) {
                put(item.key(), item);
            }
            peak = size();
        }

        Object without(String key) {
            remove(key);
            int left = size();
            if (left <= ARRAY_AGAIN) {
                return values().toArray(new Keyed[0]);
            }
            // A concurrent map never gives its table back, and a walk over it costs the table.
            return left < peak / 8 ? new Many(values()) : this;
        }
    }
}
