/// Limits of the client; the defaults suit runs of 30 seconds.
package struct MCPClientSettings: Sendable {
    /// For opening a connection: each of its requests.
    package var handshakeTimeout = Duration.seconds(5)
    /// How long a program may be silent when it is asked for its modern side: old ones ignore the question.
    package var probeTimeout = Duration.seconds(2)
    /// For one page of a tool list.
    package var listTimeout = Duration.seconds(5)
    /// For all that it takes to know a server's tools: a run does without them then.
    package var offerTimeout = Duration.seconds(8)
    /// A call ends when nothing is heard of it for so long.
    package var callTimeout = Duration.seconds(20)
    /// A call ends after so long, whatever progress it reports.
    package var longestCall = Duration.seconds(60)

    /// A tool list is asked for again when it is older.
    package var listLifetime = Duration.seconds(30)
    /// Users for whom a trusted server's list is remembered at a time.
    package var rememberedLists = 256
    package var maximumPages = 20
    /// Tools of one server; those after them are left out.
    package var maximumTools = 128
    /// Bytes of one tool's input schema.
    package var maximumSchemaBytes = 32 * 1024
    /// Bytes of all tools of one server as the model is told about them; those that do not fit are left out.
    package var maximumToolBytes = 256 * 1024
    /// Bytes of one tool's description; what is more is cut off.
    package var maximumDescriptionBytes = 4 * 1024
    /// Bytes of one message, and of one line of a program.
    package var maximumMessageBytes = JSONRPCMessage.maximumBytes
    /// Bytes of a result's text; what is more is cut off.
    package var maximumResultBytes = 256 * 1024
    /// Requests to one program at a time; one more is refused. Not more than Parley's own server takes of one client.
    package var maximumInFlight = 64

    /// The pauses before a program that ended is started again, and before a server that failed is asked again.
    package var backoff = ClientBackoff()
    /// A program gets so long after its input was closed, and again after SIGTERM.
    package var stopGrace = Duration.seconds(2)

    /// What servers are told about us.
    package var clientName = "parley"
    package var clientVersion = "1.0"

    package init() {}

    var implementation: Implementation { Implementation(name: clientName, version: clientVersion) }
}

/// How long to leave a server alone that has failed: doubled after each failure in a row.
package struct ClientBackoff: Sendable, Equatable {
    package var first = Duration.milliseconds(250)
    package var longest = Duration.seconds(30)

    package init() {}

    /// The pause after the `failures`th failure in a row; 1 is the first.
    func pause(after failures: Int) -> Duration { min(first * (1 << min(max(failures - 1, 0), 20)), longest) }
}
