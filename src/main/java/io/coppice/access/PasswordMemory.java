package io.coppice.access;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.spec.SecretKeySpec;

/**
 * Which passwords were right a short while ago, so that clients which come back all at once need no costly check each. No
 * password is kept: of the last right one of each user a MAC, under a key that dies with the process. Any thread.
 */
final class PasswordMemory {
    private record Entry(byte[] mac, long until) {}

    private final long millis;
    private final int max;
    private final SecretKeySpec key;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private long generation;

    /**
     * Nothing is known yet.
     *
     * @param millis for how long a password is known, 0 for not at all
     * @param max users of whom something is known; of more the oldest are forgotten
     * @param key random and known to nobody
     */
    PasswordMemory(long millis, int max, byte[] key) {
        this.millis = millis;
        this.max = max;
        this.key = HmacSha256.key(key);
    }

    /** Whether this was the user's password when it was checked last, not too long ago. */
    boolean knows(String user, byte[] password, long now) {
        if (millis == 0) {
            return false;
        }
        Entry entry;
        synchronized (this) {
            entry = entries.get(user);
        }
        return entry != null && now < entry.until && PasswordHash.same(entry.mac, mac(user, password));
    }

    /** To be asked for before a password is checked, see {@link #remember}. */
    synchronized long generation() {
        return generation;
    }

    /**
     * Keeps in mind that a password was right.
     *
     * @param since the generation before it was checked: where all was forgotten meanwhile, it may be right no more
     */
    void remember(String user, byte[] password, long since, long now) {
        if (millis == 0) {
            return;
        }
        Entry entry = new Entry(mac(user, password), now + millis);
        synchronized (this) {
            if (since != generation) {
                return;
            }
            entries.remove(user);
            if (entries.size() >= max) {
                var oldest = entries.values().iterator();
                oldest.next();
                oldest.remove();
            }
            entries.put(user, entry);
        }
    }

    /** Passwords may have changed. */
    synchronized void forgetAll() {
        generation++;
        entries.clear();
    }

    private byte[] mac(String user, byte[] password) {
        byte[] name = user.getBytes(StandardCharsets.UTF_8);
        // With its length before it, no name and password look like others.
        byte[] length = ByteBuffer.allocate(Integer.BYTES).putInt(name.length).array();
        return HmacSha256.of(key, length, name, password);
    }
}
