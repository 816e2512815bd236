/** One client's session as a state machine: flows, window, queue, will, expiry; it asks for effects and does none. */
@NullMarked
package io.coppice.session;

import org.jspecify.annotations.NullMarked;
