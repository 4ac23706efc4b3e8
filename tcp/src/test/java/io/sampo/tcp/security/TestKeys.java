package io.sampo.tcp.security;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Self-signed keys made by the JDK's keytool, as key stores and as PEM.
final class TestKeys {

    static final String PASSWORD = "secret-1";

    private final Path dir;

    TestKeys(Path dir) {
        this.dir = dir;
    }

    /// A PKCS12 or JKS store with one key.
    Path keyStore(String alias, String distinguishedName, String type) throws IOException, InterruptedException {
        Path store = dir.resolve(alias + "." + type);
        keytool(
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                "EC",
                "-dname",
                distinguishedName,
                "-ext",
                "san=dns:localhost,ip:127.0.0.1",
                "-validity",
                "30",
                "-storetype",
                type,
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD,
                "-keypass",
                PASSWORD);
        return store;
    }

    /// A PKCS12 store that trusts the certificate of `keyStore`.
    Path trustStore(String alias, Path keyStore, String type) throws Exception {
        Path store = dir.resolve(alias + "-trust.p12");
        KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        trust.setCertificateEntry(alias, load(keyStore, type).getCertificate(alias));
        try (var out = Files.newOutputStream(store)) {
            trust.store(out, PASSWORD.toCharArray());
        }
        return store;
    }

    static String certificatePem(String alias, Path keyStore, String type) throws Exception {
        return pem("CERTIFICATE", load(keyStore, type).getCertificate(alias).getEncoded());
    }

    static String keyPem(String alias, Path keyStore, String type) throws Exception {
        return pem(
                "PRIVATE KEY",
                load(keyStore, type).getKey(alias, PASSWORD.toCharArray()).getEncoded());
    }

    private static String pem(String kind, byte[] der) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + kind + "-----\n";
    }

    static KeyStore load(Path path, String type) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(type);
        try (InputStream in = Files.newInputStream(path)) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }

    private void keytool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        Path output = dir.resolve("keytool.out");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException("keytool failed: " + Files.readString(output));
        }
    }
}
