package io.coppice.broker;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Counts what somebody does within a window of time, and bans for a time whoever does it too often. A bounded number is
 * remembered; of more, who was last heard of longest ago is forgotten. For one thread at a time.
 */
final class Offences {
    private static final class Record {
        long since;
        int count;
        long bannedUntil;
    }

    private int tooMany;
    private long windowMillis;
    private long banMillis;
    private final int entriesMax;
    private final Map<String, Record> records = new LinkedHashMap<>(16, 0.75f, true);

    /** @param tooMany times within the window with which a ban begins; 0 for never */
    Offences(int tooMany, long windowMillis, long banMillis, int entriesMax) {
        this.tooMany = tooMany;
        this.windowMillis = windowMillis;
        this.banMillis = banMillis;
        this.entriesMax = entriesMax;
    }

    /** Counts by other numbers from now on; bans that have begun end when they would have, or at once where there are none any more. */
    void change(int otherTooMany, long otherWindowMillis, long otherBanMillis) {
        tooMany = otherTooMany;
        windowMillis = otherWindowMillis;
        banMillis = otherBanMillis;
        if (tooMany == 0) {
            records.clear();
        }
    }

    boolean isBanned(String who, long now) {
        if (tooMany == 0) {
            return false;
        }
        Record record = records.get(who);
        return record != null && now < record.bannedUntil;
    }

    /** Counts one; true when that was one too many, and the ban begins. */
    boolean count(String who, long now) {
        if (tooMany == 0) {
            return false;
        }
        Record record = records.get(who);
        if (record == null) {
            makeRoom();
            record = new Record();
            record.since = now;
            records.put(who, record);
        } else if (now - record.since >= windowMillis) {
            record.since = now;
            record.count = 0;
        }
        if (++record.count < tooMany) {
            return false;
        }
        record.count = 0;
        record.since = now;
        record.bannedUntil = now + banMillis;
        return true;
    }

    /** What somebody did before counts no more. */
    void forget(String who) {
        records.remove(who);
    }

    /** Ends a ban; whether there was one. */
    boolean pardon(String who, long now) {
        boolean banned = isBanned(who, now);
        if (banned) {
            records.remove(who);
        }
        return banned;
    }

    /** Hands over who is banned, and until when. */
    void banned(long now, BiConsumer<String, Long> to) {
        records.forEach((who, record) -> {
            if (now < record.bannedUntil) {
                to.accept(who, record.bannedUntil);
            }
        });
    }

    int size() {
        return records.size();
    }

    private void makeRoom() {
        if (records.size() >= entriesMax) {
            Iterator<Record> oldest = records.values().iterator();
            oldest.next();
            oldest.remove();
        }
    }
}
