package import Agent
package import Logging
package import WebClient

/// A Taiga server, as the user behind each request sees it.
package struct TaigaConnection: Sendable {
    /// The tools over its projects.
    package let tools: TaigaTools
    /// Who is behind a token, by its word.
    package let authenticator: any Authenticator
    /// What users may see of it.
    package let directory: any ProjectDirectory

    /// Nothing is asked of the server before it is used.
    package init(_ settings: TaigaSettings, web: WebClient, logger: Logger) {
        self.init(settings, web: web, logger: logger, pause: realPause)
    }

    init(
        _ settings: TaigaSettings,
        web: WebClient,
        logger: Logger,
        pause: @escaping @Sendable (Duration) async -> Bool
    ) {
        let api = TaigaAPI(settings: settings, web: web, logger: logger, pause: pause)
        let users = UserLookup(api: api)
        let backend = RESTBackend(api: api, users: users)
        tools = TaigaTools(backend: backend, pause: pause)
        authenticator = TaigaAuthenticator(users: users)
        directory = TaigaDirectory(
            backend: backend,
            entrance: .signIn(TaigaSignIn(settings: settings, web: web, logger: logger))
        )
    }
}
