package io.coppice.admin;

import io.coppice.backup.BackupEntry;
import io.coppice.backup.BackupFault;
import io.coppice.backup.BackupReader;
import io.coppice.shell.Figures;
import io.coppice.shell.Progress;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** {@code admin import}: a file is read to its end before the node hears of it, so that nothing comes of half of one. */
final class Importing {
    private static final String STANDARD = "-";
    private static final int COPY_BYTES = 1 << 16;
    private static final int STATUS_OK = 200;
    /** The first two bytes of what gzip has written. */
    private static final int GZIP = 0x1F8B;

    private final AdminPort node;
    private final Report report;
    private final PrintWriter out;
    private final PrintWriter err;

    Importing(AdminPort node, Report report) {
        this.node = node;
        this.report = report;
        this.out = report.out();
        this.err = report.err();
    }

    /** @return the exit status */
    int run(Path file, boolean replace) {
        long since = System.nanoTime();
        boolean standard = file.toString().equals(STANDARD);
        try {
            if (!standard) {
                check(file);
            }
        } catch (BackupFault fault) {
            err.println(file + ", " + fault.getMessage() + ". Nothing was imported.");
            return AdminCommand.WRONG;
        } catch (NoSuchFileException missing) {
            err.println("There is no file " + file + ".");
            return AdminCommand.WRONG;
        } catch (IOException fault) {
            err.println(file + " cannot be read: " + Exporting.reason(fault) + ". Nothing was imported.");
            return AdminCommand.WRONG;
        }
        HttpResponse<String> answer;
        try (Progress progress = new Progress(err, report.screen().err(), "bytes", size(file), System::nanoTime)) {
            HttpRequest request = node.to("/api/v1/import" + (replace ? "?replace=true" : ""))
                    .header("Content-Type", "application/x-ndjson")
                    .expectContinue(true)
                    .POST(HttpRequest.BodyPublishers.ofInputStream(() -> opened(file, progress)))
                    .build();
            answer = node.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (AdminPort.Failure failure) {
            err.println(failure.getMessage());
            return failure.status();
        }
        return told(answer, since);
    }

    private static void check(Path file) throws IOException {
        BackupReader reader = new BackupReader(Exporting.LINE_BYTES_MAX);
        try (InputStream in = open(file)) {
            byte[] chunk = new byte[COPY_BYTES];
            for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
                reader.feed(chunk, 0, length, (BackupEntry entry) -> {});
            }
        }
        reader.end();
    }

    /** Bytes of a file as they lie there, compressed or not. */
    private static long size(Path file) {
        try {
            return file.toString().equals(STANDARD) ? Progress.UNKNOWN : Files.size(file);
        } catch (IOException unknown) {
            return Progress.UNKNOWN;
        }
    }

    private static InputStream opened(Path file, Progress progress) {
        try {
            return unpacked(new Watched(plain(file), progress));
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
    }

    private static InputStream open(Path file) throws IOException {
        return unpacked(plain(file));
    }

    private static InputStream plain(Path file) throws IOException {
        return file.toString().equals(STANDARD) ? System.in : Files.newInputStream(file);
    }

    /** What it says, unpacked where it is compressed, whatever its name is. */
    private static InputStream unpacked(InputStream packed) throws IOException {
        InputStream plain = new BufferedInputStream(packed, COPY_BYTES);
        plain.mark(2);
        int first = plain.read();
        int second = plain.read();
        plain.reset();
        return first >= 0 && (first << 8 | second) == GZIP ? new GZIPInputStream(plain, COPY_BYTES) : plain;
    }

    /** Says how much has been read, which is no more than the node has taken and what lies between. */
    private static final class Watched extends FilterInputStream {
        private final Progress progress;
        private long count;

        Watched(InputStream in, Progress progress) {
            super(in);
            this.progress = progress;
        }

        @Override
        public int read(byte[] to, int at, int length) throws IOException {
            int read = super.read(to, at, length);
            count += Math.max(0, read);
            progress.at(count);
            return read;
        }
    }

    private int told(HttpResponse<String> response, long since) {
        JsonObject report;
        try {
            report = new JsonObject(response.body());
        } catch (DecodeException notOurs) {
            report = new JsonObject();
        }
        if (!report.containsKey("sessions")) {
            AdminPort.Failure refusal = node.refusal(response.statusCode(), response.body());
            err.println(refusal.getMessage());
            return refusal.status();
        }
        JsonObject sessions = report.getJsonObject("sessions");
        JsonObject retained = report.getJsonObject("retained");
        out.println("Imported " + Figures.of(sessions.getLong("imported"), "session") + " with "
                + Figures.of(sessions.getLong("messages"), "message") + " and "
                + Figures.of(retained.getLong("imported"), "retained message") + " in "
                + Figures.seconds(since) + ".");
        skipped("session", sessions);
        skipped("retained message", retained);
        boolean whole = response.statusCode() == STATUS_OK;
        JsonArray refused = report.getJsonArray("refused");
        for (int i = 0; i < refused.size(); i++) {
            JsonObject one = refused.getJsonObject(i);
            err.println(
                    "Line " + one.getLong("line") + ", " + one.getString("what") + ": " + one.getString("why") + ".");
        }
        long more = notTaken(sessions) + notTaken(retained) - refused.size();
        if (more > 0) {
            err.println("And " + more + " more that were refused.");
        }
        if (!whole) {
            err.println("The import broke off: " + report.getString("detail", "")
                    + ". What was imported until then stays; the same import may be tried again at " + node.url()
                    + ".");
        }
        return whole && refused.isEmpty() ? AdminCommand.DONE : AdminCommand.FAILED;
    }

    private static long notTaken(JsonObject counts) {
        return counts.getLong("refused") + counts.getLong("failed");
    }

    private void skipped(String what, JsonObject counts) {
        long existing = counts.getLong("existing");
        long expired = counts.getLong("expired");
        if (existing > 0) {
            out.println("Left out because the node has one already (--replace takes this one): "
                    + Figures.of(existing, what) + ".");
        }
        if (expired > 0) {
            out.println("Left out because its time is over: " + Figures.of(expired, what) + ".");
        }
    }
}
