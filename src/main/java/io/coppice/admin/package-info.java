/** The command admin: what people do to nodes that run, by way of the admin port of one of them. */
@NullMarked
package io.coppice.admin;

import org.jspecify.annotations.NullMarked;
