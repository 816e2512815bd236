/** Who is interested in what: the subscription tree, shared groups, the retained tree. */
@NullMarked
package io.coppice.topic;

import org.jspecify.annotations.NullMarked;
