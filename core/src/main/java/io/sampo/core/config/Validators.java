package io.sampo.core.config;

import org.apache.kafka.common.config.ConfigDef.Validator;
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
}
