/** Who may enter, publish and subscribe. */
@NullMarked
package io.coppice.access;

import org.jspecify.annotations.NullMarked;
