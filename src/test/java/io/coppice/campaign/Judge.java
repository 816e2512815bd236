package io.coppice.campaign;

import java.util.function.Consumer;

/** Sees all events in their order and says what is wrong, at once or when there are no more. */
interface Judge {
    void see(Event event, Consumer<Violation> wrong);

    void end(Consumer<Violation> wrong);
}
