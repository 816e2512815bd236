package io.coppice.backup;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.ProtocolError;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.RetainHandling;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.SubscriptionOptions;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.Will;
import io.coppice.session.SessionRecord;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a backup as its bytes come, in pieces of any length, and holds one line of it. What {@link BackupWriter} did not
 * write is refused with the number of the line, what is wrong with it, and what is allowed; of a backup that was cut off
 * {@link #end} says so.
 */
public final class BackupReader {
    /** Names the format in the first line. */
    public static final String FORMAT = "coppice-backup";
    /** The newest version that is read, and the one that is written. */
    public static final int VERSION = 3;

    private static final long FOUR_BYTES_MAX = 0xFFFF_FFFFL;
    private static final int IDENTIFIER_MAX = 268_435_455;
    private static final int PACKET_ID_MAX = 65_535;
    /** The first two bytes of what gzip has written. */
    private static final int GZIP = 0x1F8B;

    private enum Place {
        BEGIN,
        BETWEEN,
        IN_SESSION,
        END
    }

    private final int lineBytesMax;
    private final Tally tally = new Tally();
    private final Bytes pending = new Bytes();
    private long line = 1;
    private Place place = Place.BEGIN;

    // Of the session that is being read.
    private String clientId = "";
    private long lines;
    private long sequence;
    private BitSet outboundIds = new BitSet();
    private BitSet inboundIds = new BitSet();

    private static final class Bytes extends ByteArrayOutputStream {
        byte[] bytes() {
            return buf;
        }
    }

    /** @param lineBytesMax bytes of a line; a longer one is refused */
    public BackupReader(int lineBytesMax) {
        this.lineBytesMax = lineBytesMax;
    }

    /** The number of the line that is being read, or was handed over last, from 1. */
    public long line() {
        return line;
    }

    /**
     * Reads on.
     *
     * @param to told of each line that has become whole, while {@link #line} is its number
     * @throws BackupFault where a line is wrong; nothing more can be read then
     */
    public void feed(byte[] bytes, int from, int length, Consumer<BackupEntry> to) {
        int begin = from;
        int end = from + length;
        for (int i = from; i < end; i++) {
            if (bytes[i] == '\n') {
                hold(bytes, begin, i - begin);
                begin = i + 1;
                to.accept(entry(pending.bytes(), pending.size()));
                pending.reset();
                line++;
            }
        }
        hold(bytes, begin, end - begin);
    }

    private void hold(byte[] bytes, int from, int length) {
        if (pending.size() + (long) length > lineBytesMax) {
            throw fault("is longer than " + lineBytesMax
                    + " bytes, which is more than a packet of the greatest size that" + " this node takes can need");
        }
        pending.write(bytes, from, length);
    }

    /**
     * Nothing more comes.
     *
     * @throws BackupFault unless the backup was read to its end
     */
    public void end() {
        if (place != Place.END || pending.size() > 0) {
            throw fault("the backup ends here, before its end: it was cut off");
        }
    }

    public BackupCounts counts() {
        return tally.counts();
    }

    private BackupFault fault(String detail) {
        return new BackupFault(line, detail);
    }

    private BackupEntry entry(byte[] bytes, int length) {
        if (!Sealed.isThere(bytes, length)) {
            throw fault(
                    place == Place.BEGIN
                            ? notABackup(bytes, length)
                            : "has no checksum at its end: it was cut off or changed");
        }
        if (!Sealed.isRight(bytes, length)) {
            throw fault("does not have the checksum that it bears: it was damaged or changed");
        }
        try {
            Fields fields = Fields.of(bytes, length);
            String word = fields.text("kind");
            fields.text("crc");
            Kind kind = Kind.of(word);
            if (kind == null) {
                throw new WrongField("field kind is " + word + ", which is not a kind of version " + VERSION);
            }
            BackupEntry entry = entry(kind, fields);
            fields.nothingLeft();
            return entry;
        } catch (WrongField wrong) {
            throw fault(wrong.detail());
        } catch (ProtocolError wrong) {
            throw fault(wrong.detail());
        }
    }

    private static String notABackup(byte[] bytes, int length) {
        boolean gzip = length > 1 && ((bytes[0] & 0xFF) << 8 | bytes[1] & 0xFF) == GZIP;
        return gzip
                ? "is compressed with gzip; it has to be unpacked first"
                : "is not the first line of a backup of Coppice";
    }

    private BackupEntry entry(Kind kind, Fields fields) {
        Place wanted = kind == Kind.HEADER
                ? Place.BEGIN
                : kind.isPartOfSession() || kind == Kind.END ? Place.IN_SESSION : Place.BETWEEN;
        if (place != wanted) {
            throw new WrongField(kind.word() + " cannot stand "
                    + switch (place) {
                        case BEGIN -> "in the first line; allowed: header";
                        case BETWEEN -> "outside a session, and a second header nowhere";
                        case IN_SESSION -> "inside the session of " + clientId + ", which has not ended";
                        case END -> "behind the trailer";
                    });
        }
        tally.add(kind);
        if (kind.isPartOfSession()) {
            lines++;
        }
        return switch (kind) {
            case HEADER -> header(fields);
            case RETAINED -> retained(fields);
            case SESSION -> session(fields);
            case SUBSCRIPTION -> has(new SessionRecord.Subscribed(subscription(fields)));
            case INBOUND -> has(inbound(fields));
            case SEEN -> has(seen(fields));
            case MESSAGE -> message(fields);
            case END -> end(fields);
            case TRAILER -> trailer(fields);
        };
    }

    private static BackupEntry has(SessionRecord record) {
        return new BackupEntry.SessionHas(List.of(record));
    }

    private BackupEntry header(Fields fields) {
        String format = fields.text("format");
        if (!format.equals(FORMAT)) {
            throw new WrongField("field format is " + format + "; allowed: " + FORMAT);
        }
        long version = fields.number("version", 1, Long.MAX_VALUE);
        if (version > VERSION) {
            throw new WrongField("this backup has version " + version + " of the format and was written by Coppice "
                    + fields.textOr("release", "of a later release") + "; this release reads versions up to " + VERSION
                    + ": import it with that release or a later one");
        }
        place = Place.BETWEEN;
        return new BackupEntry.Header(
                fields.text("release"), fields.text("node"), fields.text("cluster"), fields.time("at"));
    }

    private static BackupEntry retained(Fields fields) {
        Message message = MessageFields.message(fields);
        if (message.payload().length == 0 || message.publisher().isEmpty()) {
            throw new WrongField("a retained message has a payload and a publisher");
        }
        return new BackupEntry.Retained(message);
    }

    private BackupEntry session(Fields fields) {
        place = Place.IN_SESSION;
        clientId = fields.word("clientId");
        lines = 0;
        sequence = 0;
        outboundIds = new BitSet();
        inboundIds = new BitSet();
        long interval = fields.number("sessionExpiryInterval", 1, FOUR_BYTES_MAX);
        long disconnectedAt = fields.timeOr("disconnectedAt", -1);
        long connectedAt = fields.timeOr("connectedAt", disconnectedAt);
        Fields inner = fields.object("will");
        Will will = inner == null ? null : MessageFields.will(inner);
        List<SessionRecord> life = new ArrayList<>(2);
        String owner = fields.has("owner") ? fields.text("owner") : null; // not in version 1
        life.add(new SessionRecord.Attached(connectedAt, interval, will, 0, owner));
        if (disconnectedAt >= 0) {
            life.add(new SessionRecord.Parked(disconnectedAt, interval));
        }
        return new BackupEntry.SessionBegins(clientId, life);
    }

    private static Subscription subscription(Fields fields) {
        TopicFilter filter = TopicFilter.of(fields.text("filter"));
        SubscriptionOptions options = new SubscriptionOptions(
                MessageFields.qos(fields, "qos", 0),
                fields.flag("noLocal"),
                fields.flag("retainAsPublished"),
                RetainHandling.of((int) fields.number("retainHandling", 0, 2)));
        return new Subscription(filter, options, (int) fields.numberOr("identifier", 1, IDENTIFIER_MAX, 0));
    }

    private SessionRecord inbound(Fields fields) {
        int packetId = packetId(fields, inboundIds);
        if (fields.flag("routed")) {
            return new SessionRecord.Routed(packetId);
        }
        Message message = MessageFields.message(fields);
        if (message.qos() != Qos.EXACTLY_ONCE) {
            throw new WrongField("field publishedQos is " + message.qos().code() + "; allowed: 2");
        }
        return new SessionRecord.Accepted(packetId, message);
    }

    private static int packetId(Fields fields, BitSet taken) {
        int packetId = (int) fields.number("packetId", 1, PACKET_ID_MAX);
        if (taken.get(packetId)) {
            throw new WrongField("field packetId is " + packetId + ", which another message of the session has");
        }
        taken.set(packetId);
        return packetId;
    }

    private static SessionRecord seen(Fields fields) {
        String publisher = fields.word("publisher");
        long number = fields.number("number", Long.MIN_VALUE, Long.MAX_VALUE);
        String before = fields.textOr("before", "");
        int words = before.length() / 16;
        if (before.length() % 16 != 0
                || words * Long.SIZE > SessionRecord.Newest.BITS_MAX
                || !before.chars().allMatch(HexFormat::isHexDigit)) {
            throw new WrongField(
                    "field before is " + before + "; allowed: 16 hexadecimal digits for each 64 numbers, for "
                            + SessionRecord.Newest.BITS_MAX + " at most");
        }
        long[] bits = new long[words];
        for (int i = 0; i < words; i++) {
            bits[i] = HexFormat.fromHexDigitsToLong(before, 16 * i, 16 * (i + 1));
        }
        return new SessionRecord.Newest(publisher, number, bits);
    }

    private BackupEntry message(Fields fields) {
        Qos qos = MessageFields.qos(fields, "qos", 1);
        boolean retain = fields.flag("retain");
        int packetId = fields.has("packetId") ? packetId(fields, outboundIds) : 0;
        boolean received = fields.flag("received");
        if (received && (packetId == 0 || qos != Qos.EXACTLY_ONCE)) {
            throw new WrongField("field received is true; allowed: only for QoS 2 with a packetId");
        }
        int[] identifiers = fields.numbers("subscriptionIdentifiers", 1, IDENTIFIER_MAX);
        TopicFilter share = share(fields);
        Message content = MessageFields.message(fields);
        List<SessionRecord> records = new ArrayList<>(3);
        records.add(new SessionRecord.Enqueued(++sequence, content, qos, retain, identifiers, share));
        if (packetId != 0) {
            records.add(new SessionRecord.Assigned(sequence, packetId));
        }
        if (received) {
            records.add(new SessionRecord.Received(sequence));
        }
        return new BackupEntry.SessionHas(records);
    }

    private static @Nullable TopicFilter share(Fields fields) {
        if (!fields.has("share")) {
            return null;
        }
        TopicFilter share = TopicFilter.of(fields.text("share"));
        if (!share.isShared()) {
            throw new WrongField("field share is " + share + "; allowed: $share/group/filter");
        }
        return share;
    }

    private BackupEntry end(Fields fields) {
        String ended = fields.text("clientId");
        long told = fields.number("lines", 0, Long.MAX_VALUE);
        if (!ended.equals(clientId) || told != lines) {
            throw new WrongField("the session of " + ended + " ends here with " + told + " lines, but that of "
                    + clientId + " was begun and has " + lines + ": lines are missing or were moved");
        }
        place = Place.BETWEEN;
        return new BackupEntry.SessionEnds();
    }

    private BackupEntry trailer(Fields fields) {
        BackupCounts told = new BackupCounts(
                count(fields, "retained"),
                count(fields, "sessions"),
                count(fields, "subscriptions"),
                count(fields, "messages"),
                count(fields, "inbound"),
                count(fields, "seen"));
        if (!told.equals(tally.counts())) {
            throw new WrongField("the trailer counts " + told + ", but there are " + tally.counts()
                    + ": lines are missing or were added");
        }
        place = Place.END;
        return new BackupEntry.Trailer(told, count(fields, "leftOut"));
    }

    private static long count(Fields fields, String name) {
        return fields.number(name, 0, Long.MAX_VALUE);
    }
}
