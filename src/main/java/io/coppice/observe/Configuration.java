package io.coppice.observe;

import io.coppice.config.ConfigException;
import io.coppice.config.Setting;
import java.util.List;
import java.util.Map;

/** The configuration in force, which operators may change in part while the node serves. Any thread; blocks. */
public interface Configuration {
    /** Every key. */
    List<Setting> settings();

    /**
     * Whether orders could be followed, together with what is in the file and elsewhere.
     *
     * @param orders all of them, by key
     * @throws ConfigException if not, with all that is wrong
     */
    void check(Map<String, String> orders) throws ConfigException;

    /**
     * Follows these orders from now on, and no others.
     *
     * @throws ConfigException if that cannot be; then everything is as it was
     */
    void follow(Map<String, String> orders) throws ConfigException;
}
