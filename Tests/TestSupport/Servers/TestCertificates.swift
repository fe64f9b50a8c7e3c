/// A private certificate authority and a certificate of its for `localhost` and 127.0.0.1, valid for a day.
package struct TestCertificates: Sendable {
    /// PEM files.
    package let authority: String
    package let certificate: String
    package let key: String

    /// Made anew by `openssl req` inside `directory`.
    package init(in directory: TemporaryDirectory) async throws {
        authority = directory.file("ca.crt")
        certificate = directory.file("server.crt")
        key = directory.file("server.key")
        let common = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
        try await runToEnd(
            "openssl",
            common + ["-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.crt"],
            in: directory
        )
        try await runToEnd(
            "openssl",
            common + [
                "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.crt", "-CA", "ca.crt", "-CAkey",
                "ca.key",
                "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE",
            ],
            in: directory
        )
    }
}
