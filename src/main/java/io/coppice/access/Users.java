package io.coppice.access;

/** Who has which password. */
interface Users {
    /** Whether it is this user's password, which may take long to say. */
    boolean matches(String user, byte[] password);

    /** Whether there is such a user; where there is none, another may be asked. */
    default boolean knows(String user) {
        return true;
    }

    /** Looks whether they have changed, which may take long too. */
    default void refresh() {}
}
