package io.sampo.config.cli;

/// `text` for people, `json` for programs.
public enum OutputFormat {
    TEXT,
    JSON
}
