package io.coppice.access;

import io.coppice.port.Permissions;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@link NoDescriptorsTest} has another process do, which can open few files: it opens as many as it can, has its rules
 * and its users change meanwhile, and is asked what holds.
 */
final class NoDescriptors {
    static final String WORD = "the old rules have stayed in force";

    private NoDescriptors() {}

    public static void main(String[] arguments) throws Exception {
        Path acl = Path.of(arguments[0]);
        RuledAuthorizer authorizer = new RuledAuthorizer(
                acl, (path, text) -> MosquittoAcl.read(path, text, RuleFile.RULES_MAX), System::currentTimeMillis);
        Permissions permissions = authorizer.permissions(MosquittoAclTest.who("x", null));
        try (FileChannel open = FileChannel.open(acl, StandardOpenOption.WRITE)) {
            // What a refusal needs is loaded before there is nothing to load it with.
            WatchedFile.unreadable(acl, new IOException("none"));
            write(open, "bogus\n");
            check(!authorizer.refresh() && may(permissions, "old"), "a wrong file changes nothing");
            write(open, "topic write old\n");
            authorizer.refresh();

            List<Closeable> all = exhaust(acl);
            check(all.size() > 10, "files could be opened");
            write(open, "topic write new\n");
            for (int i = 0; i < 3; i++) {
                check(!authorizer.refresh(), "nothing could be read");
                check(may(permissions, "old"), "the old rule");
                check(!may(permissions, "new"), "not the new rule");
                check(!may(authorizer.permissions(MosquittoAclTest.who("y", null)), "new"), "for nobody");
            }
            for (Closeable each : all) {
                each.close();
            }
            check(authorizer.refresh(), "there is room again");
            check(!may(permissions, "old") && may(permissions, "new"), "the new rules");
        }
        System.out.println(WORD);
    }

    private static boolean may(Permissions permissions, String topic) {
        return RuledAuthorizerTest.mayPublish(permissions, topic);
    }

    /** With what is open already, so that it takes no other descriptor. */
    private static void write(FileChannel file, String text) throws IOException {
        file.truncate(0);
        file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
    }

    private static List<Closeable> exhaust(Path path) {
        List<Closeable> all = new ArrayList<>();
        try {
            while (true) {
                InputStream one = Files.newInputStream(path);
                all.add(one);
            }
        } catch (IOException full) {
            return all;
        }
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("does not hold: " + what);
        }
    }
}
