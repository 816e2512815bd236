/** Where a node keeps what must outlive a connection: for now in its own memory. */
@NullMarked
package io.coppice.storage;

import org.jspecify.annotations.NullMarked;
