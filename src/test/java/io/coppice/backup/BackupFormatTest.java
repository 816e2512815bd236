package io.coppice.backup;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.coppice.mqtt.Message;
import io.coppice.mqtt.Properties;
import io.coppice.mqtt.Property;
import io.coppice.mqtt.Publisher;
import io.coppice.mqtt.Qos;
import io.coppice.mqtt.RetainHandling;
import io.coppice.mqtt.Subscription;
import io.coppice.mqtt.SubscriptionOptions;
import io.coppice.mqtt.TopicFilter;
import io.coppice.mqtt.TopicName;
import io.coppice.mqtt.Will;
import io.coppice.session.SessionRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A backup as text: the same back, or the line that is wrong and what would be right. */
class BackupFormatTest {
    private static final int LINE_MAX = 10_000;
    private static final long AT = 1_795_000_000_123L;
    private static final BackupEntry.Header HEADER = new BackupEntry.Header("1.2.3", "oak", "wood", AT);

    private static final Properties ALL = Properties.builder()
            .number(Property.PAYLOAD_FORMAT_INDICATOR, 1)
            .text(Property.CONTENT_TYPE, "text/plain; \"quoted\"")
            .text(Property.RESPONSE_TOPIC, "answers/ä")
            .binary(Property.CORRELATION_DATA, new byte[] {0, -1, 10, 13})
            .user("name", "value")
            .user("name", "\n\u2028\uD83C\uDF33")
            .user("", "")
            .build();

    private static final Publisher PUBLISHER =
            new Publisher("pub\"lisher", "an\nna", Publisher.Kind.RULED, Publisher.NO_EPOCH);

    private static Message message(String topic, Qos qos, boolean retain, Properties properties, long number) {
        byte[] payload = new byte[300];
        new Random(topic.length()).nextBytes(payload);
        return new Message(TopicName.of(topic), payload, qos, retain, properties, AT + 1, PUBLISHER, number);
    }

    private static final Message RICH = message("a/\u00e4/\uD83C\uDF33", Qos.EXACTLY_ONCE, true, ALL, 7L << 40);
    private static final Message PLAIN =
            new Message(TopicName.of("b"), new byte[0], Qos.AT_LEAST_ONCE, false, Properties.NONE, Message.NEVER, "");

    private static final Will WILL =
            new Will(TopicName.of("w"), new byte[] {1}, Qos.EXACTLY_ONCE, true, ALL, 0xFFFF_FFFFL, 0);

    /** A session with everything that one can have, as the record kinds of a snapshot say it. */
    private static List<SessionRecord> everything() {
        return List.of(
                new SessionRecord.Attached(AT - 9, 3600, WILL, 0),
                new SessionRecord.Parked(AT - 5, 0xFFFF_FFFFL),
                new SessionRecord.Subscribed(new Subscription(
                        TopicFilter.of("$share/g/a/+/#"),
                        new SubscriptionOptions(Qos.EXACTLY_ONCE, true, true, RetainHandling.DO_NOT_SEND),
                        268_435_455)),
                new SessionRecord.Subscribed(
                        new Subscription(TopicFilter.of("b"), SubscriptionOptions.of(Qos.AT_MOST_ONCE), 0)),
                new SessionRecord.Accepted(65_535, RICH),
                new SessionRecord.Routed(1),
                new SessionRecord.Newest("p", 5L << 40, new long[] {-1, 0x0123_4567_89AB_CDEFL}),
                new SessionRecord.Newest("q", -3, new long[0]),
                new SessionRecord.Enqueued(1, RICH, Qos.EXACTLY_ONCE, true, new int[] {1, 268_435_455}, null),
                new SessionRecord.Assigned(1, 9),
                new SessionRecord.Received(1),
                new SessionRecord.Enqueued(
                        2, PLAIN, Qos.AT_LEAST_ONCE, false, new int[0], TopicFilter.of("$share/g/a/+/#")),
                new SessionRecord.Assigned(2, 65_535),
                new SessionRecord.Enqueued(3, RICH, Qos.AT_LEAST_ONCE, false, new int[0], null));
    }

    private static List<SessionRecord> connected() {
        return List.of(new SessionRecord.Attached(AT, 60, null, 0, "\u00e4nne"));
    }

    static byte[] backup() {
        BackupWriter writer = new BackupWriter();
        writer.header(HEADER);
        writer.retained(RICH);
        writer.session("every\u00f6ne", everything(), true);
        writer.session("busy", connected(), true);
        writer.trailer(2);
        return writer.take();
    }

    private static List<BackupEntry> read(byte[] bytes) {
        List<BackupEntry> entries = new ArrayList<>();
        BackupReader reader = new BackupReader(LINE_MAX);
        reader.feed(bytes, 0, bytes.length, entries::add);
        reader.end();
        return entries;
    }

    private static BackupFault fault(byte[] bytes) {
        BackupFault fault = catchThrowableOfType(BackupFault.class, () -> read(bytes));
        assertThat(fault).as(new String(bytes, UTF_8)).isNotNull();
        return fault;
    }

    /** A line that bears the right checksum, whatever it says. */
    private static String sealed(String json) {
        byte[] open = json.substring(0, json.length() - 1).getBytes(UTF_8);
        return new String(open, UTF_8) + new String(Sealed.seal(open, open.length), UTF_8) + "\n";
    }

    private static String header(int version) {
        return sealed("{\"kind\":\"header\",\"format\":\"coppice-backup\",\"version\":" + version
                + ",\"release\":\"9.9\",\"node\":\"n\",\"cluster\":\"\",\"at\":\"2026-11-22T00:00:00Z\"}");
    }

    private static String session(String more) {
        return sealed("{\"kind\":\"session\",\"clientId\":\"c\",\"sessionExpiryInterval\":1" + more + "}");
    }

    /** What is wrong with a line, behind a right header. */
    private static String refusal(String... lines) {
        BackupFault fault = fault((header(1) + String.join("", lines)).getBytes(UTF_8));
        assertThat(fault.line()).isEqualTo(1 + lines.length);
        assertThat(fault).hasMessageStartingWith("line " + (1 + lines.length) + ": ");
        return String.valueOf(fault.getMessage());
    }

    private static void assertSame(List<SessionRecord> found, List<SessionRecord> wanted) {
        assertThat(found).usingRecursiveFieldByFieldElementComparator().containsExactlyElementsOf(wanted);
    }

    @Test
    void everyKindOfRecordComesBackAsItWas() {
        List<BackupEntry> entries = read(backup());

        assertThat(entries.get(0)).isEqualTo(HEADER);
        assertThat(((BackupEntry.Retained) entries.get(1)).message())
                .usingRecursiveComparison()
                .isEqualTo(RICH);
        BackupEntry.SessionBegins begins = (BackupEntry.SessionBegins) entries.get(2);
        assertThat(begins.clientId()).isEqualTo("every\u00f6ne");
        List<SessionRecord> records = new ArrayList<>(begins.life());
        entries.subList(3, 12).forEach(each -> records.addAll(((BackupEntry.SessionHas) each).records()));
        List<SessionRecord> wanted = new ArrayList<>(everything());
        // the interval is told once: the one that counts
        wanted.set(0, new SessionRecord.Attached(AT - 9, 0xFFFF_FFFFL, WILL, 0));
        assertSame(records, wanted);
        assertThat(entries.get(12)).isEqualTo(new BackupEntry.SessionEnds());
        assertSame(((BackupEntry.SessionBegins) entries.get(13)).life(), connected());
        assertThat(entries.get(14)).isEqualTo(new BackupEntry.SessionEnds());
        assertThat(entries.get(15)).isEqualTo(new BackupEntry.Trailer(new BackupCounts(1, 2, 2, 3, 2, 2), 2));
        assertThat(entries).hasSize(16);
    }

    @Test
    void linesSayWhatTheyAreInWordsThatCanBeSearchedFor() {
        assertThat(new String(backup(), UTF_8).lines())
                .anyMatch(line -> line.startsWith("{\"kind\":\"session\",\"clientId\":\"every\u00f6ne\","
                        + "\"sessionExpiryInterval\":4294967295,\"connectedAt\":\"2026-"))
                .anyMatch(line -> line.startsWith("{\"kind\":\"subscription\",\"filter\":\"$share/g/a/+/#\",\"qos\":2,"
                        + "\"noLocal\":true,\"retainAsPublished\":true,\"retainHandling\":2,"
                        + "\"identifier\":268435455,\"crc\":\""))
                .allMatch(line -> line.matches("(?s)\\{\"kind\":\"[a-z]+\",.*\"crc\":\"[0-9a-f]{8}\"}"));
    }

    @Test
    void aSessionThatIsToldInPartsIsTheSame() {
        BackupWriter writer = new BackupWriter();
        writer.header(HEADER);
        writer.retained(RICH);
        for (SessionRecord record : everything()) {
            writer.session("every\u00f6ne", List.of(record), false);
        }
        writer.session("every\u00f6ne", List.of(new SessionRecord.Settled(99)), true);
        writer.session("busy", connected(), true);
        writer.trailer(2);

        assertThat(new String(writer.take(), UTF_8)).isEqualTo(new String(backup(), UTF_8));
    }

    @Test
    void theBytesMayComeInPiecesOfAnyLength() {
        byte[] bytes = backup();
        Random random = new Random(1);
        for (int round = 0; round < 50; round++) {
            BackupReader reader = new BackupReader(LINE_MAX);
            List<BackupEntry> entries = new ArrayList<>();
            for (int at = 0; at < bytes.length; ) {
                int length = Math.min(bytes.length - at, 1 + random.nextInt(1 + round * 10));
                reader.feed(bytes, at, length, entries::add);
                at += length;
            }
            reader.end();
            assertThat(entries).hasSize(16);
        }
    }

    @Test
    void aBackupThatIsCutOffAtAnyByteIsNotWhole() {
        byte[] bytes = backup();
        for (int length = 0; length < bytes.length; length++) {
            assertThat(fault(Arrays.copyOf(bytes, length))).hasMessageContaining("was cut off");
        }
    }

    @Test
    void anyFlippedBitIsFound() {
        byte[] bytes = backup();
        Random random = new Random(2);
        for (int round = 0; round < 5_000; round++) {
            byte[] damaged = bytes.clone();
            damaged[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            fault(damaged);
        }
    }

    @Test
    void aLineThatIsMissingIsMissed() {
        List<String> lines = new String(backup(), UTF_8).lines().toList();
        for (int missing = 0; missing < lines.size(); missing++) {
            List<String> rest = new ArrayList<>(lines);
            rest.remove(missing);
            fault((String.join("\n", rest) + "\n").getBytes(UTF_8));
        }
        for (int twice = 0; twice < lines.size(); twice++) {
            List<String> more = new ArrayList<>(lines);
            more.add(twice, lines.get(twice));
            fault((String.join("\n", more) + "\n").getBytes(UTF_8));
        }
    }

    @Test
    void ofAnOlderBackupNobodyKnowsWhoseASessionIs() {
        String older = header(1)
                + session("")
                + sealed("{\"kind\":\"end\",\"clientId\":\"c\",\"lines\":0}")
                + sealed("{\"kind\":\"trailer\",\"retained\":0,\"sessions\":1,\"subscriptions\":0,\"messages\":0,"
                        + "\"inbound\":0,\"seen\":0,\"leftOut\":0}");
        BackupEntry.SessionBegins begins =
                (BackupEntry.SessionBegins) read(older.getBytes(UTF_8)).get(1);

        assertThat(begins.life())
                .singleElement()
                .satisfies(record ->
                        assertThat(((SessionRecord.Attached) record).owner()).isNull());
    }

    private static Publisher publisherOf(String fields) {
        String retained = sealed(
                "{\"kind\":\"retained\",\"topic\":\"a\",\"publishedQos\":1,\"payload\":\"eA==\"," + fields + "}");
        List<BackupEntry> entries = new ArrayList<>();
        byte[] bytes = (header(2) + retained).getBytes(UTF_8);
        new BackupReader(LINE_MAX).feed(bytes, 0, bytes.length, entries::add);
        return ((BackupEntry.Retained) entries.get(1)).message().by();
    }

    @Test
    void ofAMessageInAnOlderBackupNobodyKnowsByWhatRightItWasPublished() {
        assertThat(publisherOf("\"publisher\":\"me\"")).isEqualTo(Publisher.unknown("me"));
        assertThat(publisherOf("\"publisher\":\"me\",\"publisherUser\":\"anna\",\"publisherKind\":\"granted\""))
                .isEqualTo(new Publisher("me", "anna", Publisher.Kind.GRANTED, 0));
        assertThat(publisherOf("\"publisher\":\"$operator\",\"publisherKind\":\"node\""))
                .isEqualTo(Publisher.node("$operator"));
        assertThat(refusal(sealed("{\"kind\":\"retained\",\"topic\":\"a\",\"publishedQos\":1,\"payload\":\"eA==\","
                        + "\"publisher\":\"me\",\"publisherKind\":\"king\"}")))
                .contains("field publisherKind is king; allowed: ruled, granted or node, or left out");
    }

    @Test
    void aNewerVersionIsRefusedWithWhatToDo() {
        String newer = header(4).replace("\"node\"", "\"tree\"");
        assertThat(fault(sealed(newer.substring(0, newer.indexOf(",\"crc\"")) + "}")
                        .getBytes(UTF_8)))
                .hasMessage("line 1: this backup has version 4 of the format and was written by Coppice 9.9; "
                        + "this release reads versions up to 3: import it with that release or a later one");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hello\n", "{}\n", "{\"kind\":\"header\"}\n", "\n"})
    void whatIsNoBackupIsNotTakenForOne(String text) {
        assertThat(fault(text.getBytes(UTF_8)).line()).isEqualTo(1);
    }

    @Test
    void aCompressedBackupIsKnownForWhatItIs() {
        byte[] gzip = {0x1f, (byte) 0x8b, 8, 0, '\n'};

        assertThat(fault(gzip)).hasMessage("line 1: is compressed with gzip; it has to be unpacked first");
    }

    @Test
    void aLineMayBeAsLongAsTheLimitAndNotLonger() {
        BackupReader reader = new BackupReader(100);
        reader.feed(new byte[100], 0, 100, entry -> {});

        assertThatThrownBy(() -> reader.feed(new byte[] {'x'}, 0, 1, entry -> {}))
                .isInstanceOf(BackupFault.class)
                .hasMessageStartingWith("line 1: is longer than 100 bytes");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"kind\":\"leaf\"} | field kind is leaf, which is not a kind of version 3",
                "{\"kind\":\"header\"} | header cannot stand outside a session, and a second header nowhere",
                "{\"kind\":\"message\"} | message cannot stand outside a session",
                "{\"kind\":\"end\"} | end cannot stand outside a session",
                "{\"kind\":7} | field kind is 7; allowed: a string",
                "{\"kind\":\"session\",\"kind\":\"session\"} | is not JSON: Duplicate field 'kind'",
                "{\"kind\":\"session\",\"sessionExpiryInterval\":1} | field clientId is missing",
                "{\"kind\":\"session\",\"clientId\":\"\",\"sessionExpiryInterval\":1} | field clientId is empty",
                "{\"kind\":\"session\",\"clientId\":\"\\u0000\",\"sessionExpiryInterval\":1} | without U+0000",
                "{\"kind\":\"session\",\"clientId\":\"\\ud800\",\"sessionExpiryInterval\":1} | field clientId is",
                "{\"kind\":\"session\",\"clientId\":\"c\",\"sessionExpiryInterval\":0}"
                        + " | field sessionExpiryInterval is 0; allowed: a whole number from 1 to 4294967295",
                "{\"kind\":\"session\",\"clientId\":\"c\",\"sessionExpiryInterval\":1.5} | allowed: strings, whole numbers",
                "{\"kind\":\"session\",\"clientId\":\"c\",\"sessionExpiryInterval\":99999999999999999999} | is not JSON",
                "{\"kind\":\"session\",\"clientId\":\"c\",\"sessionExpiryInterval\":1,\"disconnectedAt\":\"noon\"}"
                        + " | field disconnectedAt is noon; allowed: a time such as",
                "{\"kind\":\"session\",\"clientId\":\"c\",\"sessionExpiryInterval\":1,\"leaves\":3}"
                        + " | field leaves is not one of this version of the format",
                "{\"kind\":\"session\",\"clientId\":\"c\",\"sessionExpiryInterval\":1,\"will\":"
                        + "{\"topic\":\"t\",\"qos\":3,\"payload\":\"\",\"delayInterval\":0}}"
                        + " | field will.qos is 3; allowed: a whole number from 0 to 2",
                "{\"kind\":\"retained\",\"topic\":\"a/+\",\"publishedQos\":1,\"payload\":\"QQ==\"} | field topic: a topic name holds no",
                "{\"kind\":\"retained\",\"topic\":\"a\",\"publishedQos\":1,\"payload\":\"A\"} | field payload is A; allowed: Base64",
                "{\"kind\":\"retained\",\"topic\":\"a\",\"publishedQos\":1,\"payload\":\"\",\"publisher\":\"p\"}"
                        + " | a retained message has a payload and a publisher",
                "{\"kind\":\"retained\",\"topic\":\"a\",\"publishedQos\":1,\"payload\":\"QQ==\",\"publisher\":\"p\","
                        + "\"properties\":{\"responseTopic\":\"#\"}} | field properties.responseTopic has a wildcard",
                "{\"kind\":\"retained\",\"topic\":\"a\",\"publishedQos\":1,\"payload\":\"QQ==\",\"publisher\":\"p\","
                        + "\"properties\":{\"userProperties\":[[\"a\"]]}} | allowed: a list of pairs of strings",
                "{\"kind\":\"retained\",\"topic\":\"a\",\"publishedQos\":1,\"payload\":\"QQ==\",\"publisher\":\"p\","
                        + "\"properties\":{\"topicAlias\":1}} | field properties.topicAlias is not one of this version",
                "{\"kind\":\"trailer\",\"retained\":1,\"sessions\":0,\"subscriptions\":0,\"messages\":0,\"inbound\":0,"
                        + "\"seen\":0,\"leftOut\":0} | lines are missing or were added"
            })
    void whatIsWrongIsToldWithWhatIsAllowed(String line, String expected) {
        assertThat(refusal(sealed(line))).contains(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"kind\":\"session\",\"clientId\":\"d\",\"sessionExpiryInterval\":1}"
                        + " | session cannot stand inside the session of c, which has not ended",
                "{\"kind\":\"trailer\"} | trailer cannot stand inside the session of c",
                "{\"kind\":\"end\",\"clientId\":\"c\",\"lines\":1} | lines are missing or were moved",
                "{\"kind\":\"end\",\"clientId\":\"d\",\"lines\":0} | lines are missing or were moved",
                "{\"kind\":\"subscription\",\"filter\":\"a#\",\"qos\":1,\"retainHandling\":0} | topic filter 'a#'",
                "{\"kind\":\"subscription\",\"filter\":\"a\",\"qos\":1,\"retainHandling\":3} | field retainHandling is 3",
                "{\"kind\":\"subscription\",\"filter\":\"a\",\"qos\":1,\"retainHandling\":0,\"noLocal\":1}"
                        + " | field noLocal is 1; allowed: true, false",
                "{\"kind\":\"inbound\",\"packetId\":0,\"routed\":true} | field packetId is 0; allowed: a whole number from 1 to 65535",
                "{\"kind\":\"inbound\",\"packetId\":1,\"topic\":\"t\",\"publishedQos\":1,\"payload\":\"\"}"
                        + " | field publishedQos is 1; allowed: 2",
                "{\"kind\":\"seen\",\"publisher\":\"p\",\"number\":1,\"before\":\"12\"} | allowed: 16 hexadecimal digits",
                "{\"kind\":\"message\",\"qos\":0,\"topic\":\"t\",\"publishedQos\":1,\"payload\":\"\"}"
                        + " | field qos is 0; allowed: a whole number from 1 to 2",
                "{\"kind\":\"message\",\"qos\":2,\"received\":true,\"topic\":\"t\",\"publishedQos\":2,\"payload\":\"\"}"
                        + " | field received is true; allowed: only for QoS 2 with a packetId",
                "{\"kind\":\"message\",\"qos\":1,\"share\":\"t\",\"topic\":\"t\",\"publishedQos\":2,\"payload\":\"\"}"
                        + " | field share is t; allowed: $share/group/filter",
                "{\"kind\":\"message\",\"qos\":1,\"subscriptionIdentifiers\":[0],\"topic\":\"t\",\"publishedQos\":2,\"payload\":\"\"}"
                        + " | field subscriptionIdentifiers is [0]; allowed: a list of whole numbers from 1 to 268435455"
            })
    void whatIsWrongInASessionIsToldWithWhatIsAllowed(String line, String expected) {
        assertThat(refusal(session(""), sealed(line))).contains(expected);
    }

    @Test
    void twoMessagesOfASessionCannotHaveOnePacketIdentifier() {
        String sent = sealed(
                "{\"kind\":\"message\",\"qos\":1,\"packetId\":4,\"topic\":\"t\",\"publishedQos\":1,\"payload\":\"\"}");

        assertThat(refusal(session(""), sent, sent))
                .contains("field packetId is 4, which another message of the session has");
        // the other direction has identifiers of its own, and so has the next session
        String inbound = sealed("{\"kind\":\"inbound\",\"packetId\":4,\"routed\":true}");
        String end = sealed("{\"kind\":\"end\",\"clientId\":\"c\",\"lines\":2}");
        BackupReader reader = new BackupReader(LINE_MAX);
        byte[] right = (header(1) + (session("") + sent + inbound + end).repeat(2)).getBytes(UTF_8);
        List<BackupEntry> entries = new ArrayList<>();
        Consumer<BackupEntry> to = entries::add;
        reader.feed(right, 0, right.length, to);
        assertThat(entries).hasSize(9);
        assertThat(reader.counts()).isEqualTo(new BackupCounts(0, 2, 0, 2, 2, 0));
    }

    @Test
    void nothingMayFollowTheTrailer() {
        byte[] whole = backup();
        byte[] longer = Arrays.copyOf(whole, whole.length + 2);
        longer[whole.length] = '{';
        longer[whole.length + 1] = '\n';

        assertThat(fault(longer).line()).isEqualTo(17);
        assertThat(fault(Arrays.copyOf(whole, whole.length + 1))).hasMessageContaining("cut off");
    }
}
