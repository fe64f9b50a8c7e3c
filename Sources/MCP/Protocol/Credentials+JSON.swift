package import Agent

/// How a token pair travels in ``MetaKey/refreshedCredentials``.
extension Credentials {
    package var json: JSONValue {
        ["auth_token": .string(authToken.reveal()), "refresh": .string(refresh.reveal())]
    }

    /// `nil` when one of the two is missing.
    package init?(_ json: JSONValue) {
        guard let authToken = json["auth_token"]?.stringValue, !authToken.isEmpty,
            let refresh = json["refresh"]?.stringValue
        else { return nil }
        self.init(authToken: Secret(authToken), refresh: Secret(refresh))
    }
}
