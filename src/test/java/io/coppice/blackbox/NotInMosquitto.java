package io.coppice.blackbox;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** A test whose statement Mosquitto 2.0.11 does not keep; it is left out there, and nowhere else. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@DisabledIfSystemProperty(named = "blackbox.broker", matches = "mosquitto")
public @interface NotInMosquitto {
    /** What Mosquitto does instead. */
    String value();
}
