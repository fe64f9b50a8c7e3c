import Agent
import Hummingbird

/// `GET /openapi.json`: the contract. `GET /problems/{code}`: what a kind of problem means.
struct ContractRoutes {
    func add(to router: Router<ParleyRequestContext>) {
        let document = Contract.document.encoded()
        router.get("openapi.json") { _, _ in Response(jsonBytes: document) }
        router.get("problems/:code") { _, context in
            guard let code = context.parameters.get("code"), let meaning = Contract.meaning(ofProblem: code) else {
                throw Problem(.notFound)
            }
            return Response(json: meaning)
        }
    }
}
