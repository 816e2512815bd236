package io.coppice.storage;

/**
 * What is chosen about a journal.
 *
 * @param sync whether a group is on the disk itself when it counts as written, not only with the operating system
 */
record JournalOptions(boolean sync, Formats formats) {
    JournalOptions withSync() {
        return new JournalOptions(true, formats);
    }
}
