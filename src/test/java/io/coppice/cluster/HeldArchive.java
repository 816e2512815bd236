package io.coppice.cluster;

import io.coppice.port.Archive;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A disk with nothing on it, which does not say so before it is let. */
final class HeldArchive {
    private final CompletableFuture<List<Archive.Stored>> ended = new CompletableFuture<>();

    final Archive archive = (Archive) Proxy.newProxyInstance(
            Archive.class.getClassLoader(), new Class<?>[] {Archive.class}, (proxy, method, arguments) -> {
                switch (method.getName()) {
                    case "isDurable":
                        return true;
                    case "ended":
                        @SuppressWarnings("unchecked")
                        Consumer<List<Archive.Stored>> then = (Consumer<List<Archive.Stored>>) arguments[0];
                        ended.thenAccept(then);
                        return null;
                    default:
                        try {
                            return method.invoke(Archive.NONE, arguments);
                        } catch (InvocationTargetException fault) {
                            throw fault.getCause();
                        }
                }
            });

    HeldArchive release() {
        ended.complete(List.of());
        return this;
    }
}
