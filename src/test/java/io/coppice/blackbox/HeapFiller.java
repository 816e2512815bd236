package io.coppice.blackbox;

import com.sun.tools.attach.VirtualMachine;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** Leaves another process nothing of its heap for a while: whatever becomes free there, this takes. */
public final class HeapFiller {
    private static final int[] SIZES = {1 << 20, 1 << 16, 1 << 12, 1 << 8};
    private static final int SLOTS = 1 << 20;

    private HeapFiller() {}

    /**
     * Begins, and returns.
     *
     * @param pid of a JVM, of which the caller's user is the owner
     */
    public static void fill(long pid, double seconds) throws Exception {
        Path jar = Files.createTempFile("coppice-heap-filler-", ".jar");
        try {
            write(jar);
            VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
            try {
                machine.loadAgent(jar.toString(), Double.toString(seconds));
            } finally {
                machine.detach();
            }
        } finally {
            Files.delete(jar);
        }
    }

    private static void write(Path jar) throws Exception {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Agent-Class", HeapFiller.class.getName());
        String file = HeapFiller.class.getName().replace('.', '/') + ".class";
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out, manifest);
                InputStream own = HeapFiller.class.getResourceAsStream("/" + file)) {
            entries.putNextEntry(new JarEntry(file));
            own.transferTo(entries);
        }
    }

    /** What the other process calls. */
    public static void agentmain(String seconds) {
        long end = System.nanoTime() + Math.round(Double.parseDouble(seconds) * 1e9);
        Thread thread = new Thread(() -> hold(end), "heap-filler");
        thread.setDaemon(true);
        thread.start();
    }

    private static void hold(long end) {
        List<byte[]> held = new ArrayList<>(SLOTS); // so that it need not grow when there is nothing left
        while (System.nanoTime() < end) {
            for (int size : SIZES) {
                try {
                    while (held.size() < SLOTS && System.nanoTime() < end) {
                        held.add(new byte[size]);
                    }
                } catch (OutOfMemoryError full) {
                    // as it should be: what is smaller may still find room
                }
            }
        }
    }
}
