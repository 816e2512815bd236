/** One node's conduct: admission, routing, takeover, adoption, drain, and the loops on which sessions live. */
@NullMarked
package io.coppice.broker;

import org.jspecify.annotations.NullMarked;
