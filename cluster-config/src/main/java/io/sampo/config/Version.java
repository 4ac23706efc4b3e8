package io.sampo.config;

import picocli.CommandLine.IVersionProvider;

/// The version in the jar's manifest, with the JVM that runs it.
public final class Version implements IVersionProvider {

    public static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[] {"sampo " + text() + " (Java " + Runtime.version() + ")"};
    }
}
