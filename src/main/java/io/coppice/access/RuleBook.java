package io.coppice.access;

import io.coppice.mqtt.Publisher;
import io.coppice.port.Gatekeeper.Identity;

/** The rules of one file as they were when it was read; never changed, and asked on several loops. */
interface RuleBook {
    /** What they give a client. */
    Rights rightsOf(Identity who);

    /**
     * What they give the publisher of something that is stored, of whom neither address nor listener nor certificate are known any
     * more. A rule that asks for those gives what it grants to everybody else whom it concerns; what it denies, it denies those whom
     * it names, by user or client identifier.
     */
    Rights rightsOf(Publisher publisher);

    /** How many rules there are. */
    int size();
}
