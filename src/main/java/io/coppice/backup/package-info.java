/** What a node keeps, as lines of text that people and other releases can read; {@code src/docs/BACKUP.md} is its description. */
@NullMarked
package io.coppice.backup;

import org.jspecify.annotations.NullMarked;
