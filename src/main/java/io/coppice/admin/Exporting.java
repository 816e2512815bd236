package io.coppice.admin;

import io.coppice.backup.BackupCounts;
import io.coppice.backup.BackupEntry;
import io.coppice.backup.BackupFault;
import io.coppice.backup.BackupReader;
import io.coppice.file.WholeFile;
import io.coppice.shell.Figures;
import io.coppice.shell.Progress;
import io.vertx.core.json.JsonObject;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** {@code admin export}: a file is there under its name when all of it has come and was found to be right, and not before. */
final class Exporting {
    /** Of a line; the node that writes it has its own limit on what clients send. */
    static final int LINE_BYTES_MAX = Integer.MAX_VALUE - 8;

    private static final String STANDARD = "-";
    private static final int COPY_BYTES = 1 << 16;
    private static final int STATUS_OK = 200;

    private final Api api;
    private final AdminPort node;
    private final Report report;
    private final PrintWriter out;
    private final PrintWriter err;

    private BackupEntry.@Nullable Header header;
    private BackupEntry.@Nullable Trailer trailer;
    private long bytes;
    private long entries;

    Exporting(Api api, Report report) {
        this.api = api;
        this.node = api.port();
        this.report = report;
        this.out = report.out();
        this.err = report.err();
    }

    /** @return the exit status */
    int run(Path file, boolean force) {
        long since = System.nanoTime();
        boolean standard = file.toString().equals(STANDARD);
        if (!standard && !force && Files.exists(file)) {
            err.println(file + " is there already; --force overwrites it.");
            return AdminCommand.WRONG;
        }
        try {
            if (standard) {
                copy(unclosed(System.out));
            } else {
                write(file);
            }
        } catch (AdminPort.Failure failure) {
            err.println(failure.getMessage());
            return failure.status();
        } catch (BackupFault fault) {
            err.println("What the node sends is no whole backup: " + fault.getMessage() + ". Nothing was written.");
            return AdminCommand.FAILED;
        } catch (IOException fault) {
            err.println("Could not be written: " + reason(fault));
            return AdminCommand.FAILED;
        }
        (standard ? err : out).println(summary() + " in " + Figures.seconds(since) + ", to " + file + ".");
        long leftOut = Objects.requireNonNull(trailer).leftOut();
        if (leftOut > 0) {
            err.println("Not in it, on the way to another node: " + Figures.of(leftOut, "session") + ".");
            return AdminCommand.FAILED;
        }
        return AdminCommand.DONE;
    }

    private String summary() {
        BackupCounts counts = Objects.requireNonNull(trailer).counts();
        return "Exported " + Figures.of(counts.sessions(), "session") + " with "
                + Figures.of(counts.messages(), "message") + " and "
                + Figures.of(counts.retained(), "retained message") + " of node "
                + Objects.requireNonNull(header).node() + ", " + Figures.bytes(bytes);
    }

    /** What is kept there is for nobody else's eyes. */
    private void write(Path file) throws IOException, AdminPort.Failure {
        boolean zipped = file.toString().endsWith(".gz");
        WholeFile.write(file, plain -> {
            if (zipped) {
                GZIPOutputStream zipping = new GZIPOutputStream(plain, COPY_BYTES);
                copy(zipping);
                zipping.finish();
            } else {
                copy(plain);
            }
        });
    }

    private void copy(OutputStream to) throws IOException, AdminPort.Failure {
        HttpResponse<InputStream> response =
                node.send(node.to("/api/v1/export").build(), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            if (response.statusCode() != STATUS_OK) {
                throw node.refusal(response.statusCode(), new String(body.readAllBytes(), StandardCharsets.UTF_8));
            }
            BackupReader reader = new BackupReader(LINE_BYTES_MAX);
            byte[] chunk = new byte[COPY_BYTES];
            boolean seen = report.screen().err();
            try (Progress progress = new Progress(err, seen, "entries", seen ? whole() : 0, System::nanoTime)) {
                for (int length = read(body, chunk); length >= 0; length = read(body, chunk)) {
                    reader.feed(chunk, 0, length, this::note);
                    to.write(chunk, 0, length);
                    bytes += length;
                    progress.at(entries);
                }
            }
            reader.end();
            to.flush();
        }
    }

    /** Sessions and retained messages that the node has; what else comes is seen only when it is there. */
    private long whole() {
        try {
            for (Object each : api.get("/nodes").getJsonArray("items")) {
                JsonObject one = (JsonObject) each;
                if (one.getBoolean("self")) {
                    return one.getLong("sessions") + one.getLong("retainedMessages");
                }
            }
        } catch (AdminPort.Failure untold) {
            // the export says what is wrong, if anything is
        }
        return Progress.UNKNOWN;
    }

    private static int read(InputStream body, byte[] chunk) throws AdminPort.Failure {
        try {
            return body.read(chunk);
        } catch (IOException broken) {
            throw new AdminPort.Failure("The node broke off: " + reason(broken) + ". Nothing was written.");
        }
    }

    private void note(BackupEntry entry) {
        if (entry instanceof BackupEntry.SessionBegins || entry instanceof BackupEntry.Retained) {
            entries++;
        }
        if (entry instanceof BackupEntry.Header first) {
            header = first;
        } else if (entry instanceof BackupEntry.Trailer last) {
            trailer = last;
        }
    }

    static String reason(IOException fault) {
        return Objects.requireNonNullElse(fault.getMessage(), fault.getClass().getSimpleName());
    }

    private static OutputStream unclosed(OutputStream standard) {
        return new FilterOutputStream(standard) {
            @Override
            public void write(byte[] from, int at, int length) throws IOException {
                out.write(from, at, length);
            }

            @Override
            public void close() throws IOException {
                flush();
            }
        };
    }
}
