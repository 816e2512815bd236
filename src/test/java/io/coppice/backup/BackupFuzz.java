package io.coppice.backup;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Lines of a backup, each without its checksum, which is made to be right. */
public final class BackupFuzz {
    private static final int LINE_MAX = 1 << 20;

    private BackupFuzz() {}

    public static List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        seeds.add(("{\"format\":\"" + BackupReader.FORMAT + "\",\"version\":1").getBytes(UTF_8));
        seeds.add(unsealed(BackupFormatTest.backup()));
        return seeds;
    }

    private static byte[] unsealed(byte[] backup) {
        StringBuilder lines = new StringBuilder();
        for (String line : new String(backup, UTF_8).split("\n")) {
            lines.append(line, 0, Math.max(0, line.length() - Sealed.LENGTH)).append('\n');
        }
        return lines.toString().getBytes(UTF_8);
    }

    public static void fuzzerTestOneInput(byte[] input) {
        ByteArrayOutputStream sealed = new ByteArrayOutputStream();
        int from = 0;
        for (int i = 0; i <= input.length; i++) {
            if (i == input.length || input[i] == '\n') {
                byte[] line = Arrays.copyOfRange(input, from, i);
                sealed.writeBytes(line);
                sealed.writeBytes(Sealed.seal(line, line.length));
                sealed.write('\n');
                from = i + 1;
            }
        }
        byte[] bytes = sealed.toByteArray();
        BackupReader reader = new BackupReader(LINE_MAX);
        try {
            reader.feed(bytes, 0, bytes.length, entry -> {});
            reader.end();
        } catch (BackupFault refused) {
            if (refused.getMessage() == null || refused.getMessage().isBlank()) {
                throw new AssertionError("refused without a word");
            }
        }
    }
}
