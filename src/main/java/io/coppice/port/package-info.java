/** The doors of the core: interfaces in JDK types through which everything enters and leaves. */
@NullMarked
package io.coppice.port;

import org.jspecify.annotations.NullMarked;
