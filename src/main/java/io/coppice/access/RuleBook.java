package io.coppice.access;

import io.coppice.port.Gatekeeper.Identity;

/** The rules of one file as they were when it was read; never changed, and asked on several loops. */
interface RuleBook {
    /** What they give a client. */
    Rights rightsOf(Identity who);

    /** How many rules there are. */
    int size();
}
