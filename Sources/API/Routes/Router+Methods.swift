import HTTPTypes
import Hummingbird

extension Router where Context == ParleyRequestContext {
    /// Answers 405 on every path that there is now, for the methods that it is not served with.
    /// Source: RFC 9110 section 15.5.6.
    func refuseOtherMethods() {
        let served = Dictionary(grouping: routes) { $0.path.description }
        for routes in served.values {
            let allowed = routes.map(\.method)
            for method in Self.methods where !allowed.contains(method) {
                on(routes[0].path, method: method) { _, _ -> Response in
                    var problem = Problem(.methodNotAllowed)
                    problem.allowed = allowed
                    throw problem
                }
            }
        }
    }

    private static var methods: [HTTPRequest.Method] {
        [.get, .head, .post, .put, .patch, .delete, .options, .trace]
            + [HTTPRequest.Method("QUERY")].compactMap(\.self)
    }
}
