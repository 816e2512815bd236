package io.coppice.fuzz;

import io.coppice.access.RulesFuzz;
import io.coppice.backup.BackupFuzz;
import io.coppice.codec.DecoderDifferenceFuzz;
import io.coppice.codec.PacketFuzz;
import io.coppice.codec.ParcelFuzz;
import io.coppice.codec.RecordFuzz;
import io.coppice.config.ConfigFuzz;
import io.coppice.topic.TopicFuzz;
import io.coppice.transport.WebSocketFuzz;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What reads bytes that others make. Whatever they are, it takes them or says why not, and never anything else. */
enum FuzzTarget {
    PACKETS(PacketFuzz.class, PacketFuzz::seeds, PacketFuzz::fuzzerTestOneInput),
    DECODER_DIFFERENCE(
            DecoderDifferenceFuzz.class, DecoderDifferenceFuzz::seeds, DecoderDifferenceFuzz::fuzzerTestOneInput),
    WEBSOCKET(WebSocketFuzz.class, WebSocketFuzz::seeds, WebSocketFuzz::fuzzerTestOneInput),
    TOPICS(TopicFuzz.class, TopicFuzz::seeds, TopicFuzz::fuzzerTestOneInput),
    RULES(RulesFuzz.class, RulesFuzz::seeds, RulesFuzz::fuzzerTestOneInput),
    CONFIGURATION(ConfigFuzz.class, ConfigFuzz::seeds, ConfigFuzz::fuzzerTestOneInput),
    RECORDS(RecordFuzz.class, RecordFuzz::seeds, RecordFuzz::fuzzerTestOneInput),
    PARCELS(ParcelFuzz.class, ParcelFuzz::seeds, ParcelFuzz::fuzzerTestOneInput),
    BACKUPS(BackupFuzz.class, BackupFuzz::seeds, BackupFuzz::fuzzerTestOneInput);

    final Class<?> type;
    private final Supplier<List<byte[]>> seeds;
    private final Consumer<byte[]> run;

    /** @param type has a method that Jazzer knows by its name */
    FuzzTarget(Class<?> type, Supplier<List<byte[]>> seeds, Consumer<byte[]> run) {
        this.type = type;
        this.seeds = seeds;
        this.run = run;
    }

    /** Inputs to begin with. */
    List<byte[]> seeds() {
        return seeds.get();
    }

    void run(byte[] input) {
        run.accept(input);
    }
}
