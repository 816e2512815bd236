package io.coppice.cluster;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * What two members say to each other before Hazelcast says a word, on each connection between them: each proves that it knows
 * the secret of the cluster, by a MAC over two numbers that both have thrown for this connection.
 *
 * <pre>
 * who connects                          who is connected to
 *   hello: magic, asked, nonce  ──►
 *                               ◄──       hello: magic, asked, nonce
 *   proof of both nonces        ──►
 *                               ◄──       verdict, proof of both nonces
 * </pre>
 *
 * Without a secret there are the two hellos alone. Whoever comes proves first, so a stranger is shown nothing that he could try
 * secrets on.
 */
final class MemberHandshake {
    static final int MILLIS_MAX = 3_000;

    private static final byte[] MAGIC = "coppice\1".getBytes(StandardCharsets.US_ASCII);
    private static final int NONCE_BYTES = 32;
    private static final byte NOT_ASKED = 0;
    private static final byte ASKED = 1;
    private static final byte REFUSED = 0;
    private static final byte WELCOME = 1;
    private static final byte[] COMING = "coppice member that comes".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] THERE = "coppice member that is there".getBytes(StandardCharsets.US_ASCII);

    private final ClusterSecret secret;
    private final SecureRandom random = new SecureRandom();
    private final int millisMax;

    /** @param millisMax for all of it */
    MemberHandshake(ClusterSecret secret, int millisMax) {
        this.secret = secret;
        this.millisMax = millisMax;
    }

    /** A hello as it came. */
    private record Hello(boolean asked, byte[] nonce) {}

    /** One end of a connection, of which no more is read than is said here. */
    private static final class End {
        private final Socket socket;
        private final InputStream in;
        private final OutputStream out;
        private final long deadline;

        End(Socket socket, int millisMax) throws IOException {
            this.socket = socket;
            this.in = socket.getInputStream();
            this.out = socket.getOutputStream();
            this.deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millisMax);
        }

        byte[] read(int count) throws IOException {
            byte[] bytes = new byte[count];
            for (int have = 0; have < count; ) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    throw new SocketTimeoutException("out of time");
                }
                socket.setSoTimeout(Math.toIntExact(left));
                int more = in.read(bytes, have, count - have);
                if (more < 0) {
                    throw new EOFException("the connection ended");
                }
                have += more;
            }
            return bytes;
        }

        Hello readHello() throws IOException {
            for (byte expected : MAGIC) {
                if (read(1)[0] != expected) {
                    throw new NotAMember(
                            NotAMember.Reason.STRANGER, "it does not speak as a node of this release does");
                }
            }
            return new Hello(read(1)[0] != NOT_ASKED, read(NONCE_BYTES));
        }

        void write(byte[]... parts) throws IOException {
            byte[] all =
                    new byte[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
            int at = 0;
            for (byte[] part : parts) {
                System.arraycopy(part, 0, all, at, part.length);
                at += part.length;
            }
            out.write(all);
            out.flush();
        }
    }

    /**
     * On a connection that this node has made.
     *
     * @throws NotAMember where the other end is none, or does not take this node for one
     */
    void connected(Socket socket) throws IOException {
        End end = new End(socket, millisMax);
        byte[] ours = nonce();
        sayHello(end, ours);
        Hello hello = end.readHello();
        if (hello.asked() && !secret.isAsked()) {
            throw new NotAMember(
                    NotAMember.Reason.SECRET, "it asks for a secret, and this node has none (cluster.secret-file)");
        }
        if (secret.isAsked()) {
            if (!hello.asked()) {
                throw new NotAMember(
                        NotAMember.Reason.SECRET, "it has no secret (cluster.secret-file), and this node asks for one");
            }
            end.write(ClusterSecret.prove(secret.own(), COMING, ours, hello.nonce()));
            byte verdict = end.read(1)[0];
            byte[] proof = end.read(ClusterSecret.PROOF_BYTES);
            if (verdict != WELCOME) {
                throw new NotAMember(
                        NotAMember.Reason.SECRET, "it has another secret than this node (cluster.secret-file)");
            }
            if (!MessageDigest.isEqual(proof, ClusterSecret.prove(secret.own(), THERE, ours, hello.nonce()))) {
                throw new NotAMember(
                        NotAMember.Reason.SECRET, "it does not prove that it knows the secret (cluster.secret-file)");
            }
        }
        socket.setSoTimeout(0);
    }

    /**
     * On a connection that somebody has made to this node.
     *
     * @throws NotAMember where the other end is none
     */
    void accepted(Socket socket) throws IOException {
        End end = new End(socket, millisMax);
        Hello hello = end.readHello();
        byte[] ours = nonce();
        sayHello(end, ours);
        if (hello.asked() != secret.isAsked()) {
            throw new NotAMember(
                    NotAMember.Reason.SECRET,
                    hello.asked()
                            ? "it asks for a secret, and this node has none (cluster.secret-file)"
                            : "it has no secret (cluster.secret-file), and this node asks for one");
        }
        if (secret.isAsked()) {
            byte[] proof = end.read(ClusterSecret.PROOF_BYTES);
            byte[] key = secret.keyOf(proof, COMING, hello.nonce(), ours);
            if (key == null) {
                end.write(new byte[] {REFUSED}, new byte[ClusterSecret.PROOF_BYTES]);
                throw new NotAMember(
                        NotAMember.Reason.SECRET, "it does not know the secret of this node (cluster.secret-file)");
            }
            end.write(new byte[] {WELCOME}, ClusterSecret.prove(key, THERE, hello.nonce(), ours));
        }
        socket.setSoTimeout(0);
    }

    private void sayHello(End end, byte[] nonce) throws IOException {
        end.write(MAGIC, new byte[] {secret.isAsked() ? ASKED : NOT_ASKED}, nonce);
    }

    private byte[] nonce() {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        return nonce;
    }
}
