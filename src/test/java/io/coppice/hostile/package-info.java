/**
 * Bad inputs, by the ids of {@code spec/bad-inputs.tsv}: whoever sends them is told so and sent away, and nobody else
 * notices. {@link io.coppice.hostile.Trial} is the pattern of most tests here; what needs memory or time runs against a
 * broker in a process of its own with a small heap ({@code @BrokerSettings(heapMegabytes = …)}), which ends if it
 * cannot keep to it.
 */
package io.coppice.hostile;
