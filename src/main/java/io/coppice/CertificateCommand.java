package io.coppice;

import io.coppice.shell.Version;
import io.coppice.transport.SelfSigned;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** What can be typed after {@code java -jar coppice.jar certificate}. */
@Command(
        name = "certificate",
        description = {
            "Writes a certificate that is signed by itself, with its key, for the",
            "machine of a developer. It is not for a broker that others reach."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        footer = {"", "Exit status: 0 when it was written, 1 when nothing was."})
final class CertificateCommand implements Callable<Integer> {
    private static final List<String> ALWAYS = List.of("localhost", "127.0.0.1", "::1");
    private static final int DAYS_MAX = 3_650;

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Option(
            names = "--out",
            paramLabel = "DIRECTORY",
            defaultValue = "certificate",
            description = "Where tls.crt and tls.key are written; default: ${DEFAULT-VALUE}.")
    private Path directory = Path.of("certificate");

    @Option(
            names = "--days",
            paramLabel = "DAYS",
            defaultValue = "365",
            description = "For how long it is good, from 1 to 3650; default: ${DEFAULT-VALUE}.")
    private int days = 365;

    @Parameters(
            arity = "0..*",
            paramLabel = "NAME",
            description = "Further names and addresses of the broker, besides localhost.")
    private List<String> names = new ArrayList<>();

    @Override
    public Integer call() {
        CommandLine commandLine = Objects.requireNonNull(spec).commandLine();
        if (days < 1 || days > DAYS_MAX) {
            throw new ParameterException(commandLine, "--days: " + days + " is not allowed; allowed: 1 to 3650");
        }
        List<String> all = new ArrayList<>(ALWAYS);
        all.addAll(names);
        Instant now = Instant.now();
        Instant until = now.plus(days, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS);
        SelfSigned made;
        try {
            // A clock that is a little behind is no reason to refuse it.
            made = SelfSigned.of(all, now.minus(1, ChronoUnit.HOURS), until, new SecureRandom());
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(commandLine, Objects.requireNonNull(wrong.getMessage()), wrong);
        }
        Path certificate = directory.resolve("tls.crt");
        Path key = directory.resolve("tls.key");
        try {
            Files.createDirectories(directory);
            write(key, made.key(), "rw-------");
            write(certificate, made.certificate(), "rw-r--r--");
        } catch (FileAlreadyExistsException there) {
            commandLine.getErr().println(there.getMessage() + " is there already, and is not written over.");
            return CommandLines.CONFIGURATION_ERROR;
        } catch (IOException failed) {
            commandLine.getErr().println(directory + " cannot be written: " + failed);
            return CommandLines.CONFIGURATION_ERROR;
        }
        PrintWriter out = commandLine.getOut();
        out.println(certificate + " and " + key + " are for " + String.join(", ", all) + ", until " + until + ".");
        out.println("Only for development: nobody has signed the certificate, and clients must be given it.");
        out.println("  java -jar coppice.jar --set listeners.mqtts.certificate=" + directory);
        out.println("  mosquitto_sub --cafile " + certificate + " -h localhost -p 8883 -t '#'");
        return 0;
    }

    private static void write(Path file, String text, String permissions) throws IOException {
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] attributes = posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
        // Nobody else can read it from its first moment on.
        try (SeekableByteChannel channel = Files.newByteChannel(
                file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
    }
}
