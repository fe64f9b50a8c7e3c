/// What is said on a new connection before it takes commands.
enum RedisGreeting: Equatable, Sendable {
    case authenticate, select, setName, ping

    /// Whether an error means that the connection is of no use. A name is a courtesy.
    var mustSucceed: Bool { self != .setName }
}

extension RedisConfiguration {
    /// The greetings in their order. PING comes last: a server that is still loading its data, or wants a password
    /// that we do not have, says so there, before the connection counts as up.
    var greetings: [(RedisGreeting, RedisCommand)] {
        var greetings: [(RedisGreeting, RedisCommand)] = []
        if let login { greetings.append((.authenticate, login.command)) }
        if database != 0 { greetings.append((.select, RedisCommand("SELECT", database))) }
        if !clientName.isEmpty { greetings.append((.setName, RedisCommand("CLIENT", "SETNAME", clientName))) }
        greetings.append((.ping, RedisCommand("PING")))
        return greetings
    }
}
