package io.sampo.core.config;

import io.sampo.core.partition.ThrottledReplicas;
import java.util.List;
import java.util.function.DoublePredicate;
import org.apache.kafka.common.config.ConfigDef.Validator;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/// Small additions to the validators of ConfigDef.
final class Validators {
    private Validators() {}

    /// `validator`, but null (not set) is valid too.
    static @Nullable Validator nullable(@Nullable Validator validator) {
        if (validator == null) {
            return null;
        }
        return new Validator() {
            @Override
            public void ensureValid(String name, @Nullable Object value) {
                if (value != null) {
                    validator.ensureValid(name, value);
                }
            }

            @Override
            public String toString() {
                return validator.toString();
            }
        };
    }

    /// Numbers above `bound`, exclusive.
    static Validator above(double bound) {
        return number(value -> value > bound, "above " + text(bound));
    }

    /// Numbers between two others, both exclusive.
    static Validator between(double lower, double upper) {
        return number(value -> value > lower && value < upper, "between " + text(lower) + " and " + text(upper));
    }

    private static Validator number(DoublePredicate valid, String expected) {
        return new Validator() {
            @Override
            public void ensureValid(String name, @Nullable Object value) {
                if (!(value instanceof Number number) || !valid.test(number.doubleValue())) {
                    throw new ConfigException(name, value, "Value must be " + expected);
                }
            }

            @Override
            public String toString() {
                return expected;
            }
        };
    }

    static Validator throttledReplicas() {
        return new Validator() {
            @Override
            public void ensureValid(String name, @Nullable Object value) {
                if (!(value instanceof List<?> replicas)) {
                    throw new ConfigException(name, value, "Value must be a list");
                }
                try {
                    var _ = ThrottledReplicas.parse(
                            replicas.stream().map(String::valueOf).toList());
                } catch (ConfigException invalid) {
                    throw new ConfigException(name, value, invalid.getMessage());
                }
            }

            @Override
            public String toString() {
                return "* or [partition]:[node],[partition]:[node],...";
            }
        };
    }

    private static String text(double number) {
        return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
    }
}
