package import Agent
import Logging
package import WebClient

/// The Messages API as a model. Text is told while it comes, the answer is handed on whole; an attempt that fails in
/// passing is repeated inside the deadline, because nothing is acted upon before an answer is complete. All copies of a
/// client slow down together when the provider is overloaded.
package struct AnthropicClient: ModelClient {
    private let settings: AnthropicSettings
    private let endpoint: String
    private let headers: WebHeaders
    private let openings: Openings
    private let web: WebClient
    private let pause: Pause
    /// One for all copies of the client.
    let limiter: CallLimiter

    package var name: String { settings.model }

    package init(settings: AnthropicSettings, web: WebClient) {
        self.init(settings: settings, web: web, pause: .real)
    }

    init(settings: AnthropicSettings, web: WebClient, pause: Pause) {
        self.settings = settings
        endpoint = settings.endpoint
        headers = Self.headers(settings)
        openings = Openings(model: settings.model, maxTokens: settings.maxTokens)
        self.web = web
        self.pause = pause
        limiter = CallLimiter(maxWaiting: settings.maxWaitingCalls, pause: pause)
    }

    package func answer(_ request: ModelRequest) async throws(ModelError) -> ModelAnswer {
        let policy = RetryPolicy(maxRetries: settings.maxRetries)
        var told = ToldText(request.progress)
        var retries = 0
        var requestID: String?
        while true {
            let result = await limiter.run(until: request.deadline, logger: request.logger) {
                // Written only now: calls that wait keep no copy of their history.
                return await attempt(webRequest(for: request), &told)
            }
            var failure: CallFailure
            switch result {
            case .success(let answer): return answer
            case .failure(let why): failure = why
            }
            told.fail()
            // A call that waits in vain is known by the name that its last attempt got.
            requestID = failure.requestID ?? requestID
            failure.requestID = requestID
            let left = pause.now().duration(to: request.deadline)
            let decision = policy.decide(failure, retries: retries, left: left, jitter: .random(in: 0...1))
            retries += 1
            switch decision {
            case .giveUp: throw ModelError(failure)
            case .retryWhenAllowed: log(failure, retries, wait: nil, request.logger)
            case .retry(let wait):
                log(failure, retries, wait: wait, request.logger)
                guard await pause.wait(wait) else {
                    throw ModelError(.cancelled, "the model call was cancelled", requestID: requestID)
                }
            }
        }
    }

    /// - Parameter wait: `nil` when the limiter knows, which tells of its pauses once for all calls.
    private func log(_ failure: CallFailure, _ retries: Int, wait: Duration?, _ logger: Logger) {
        logger.log(
            level: wait == nil ? .debug : .info,
            "Model call repeated",
            metadata: [
                "code": "\(failure.code)", "provider_request_id": "\(failure.requestID ?? "-")", "retry": "\(retries)",
                "wait": "\(wait.map { "\($0)" } ?? "-")",
            ]
        )
    }

    private static func headers(_ settings: AnthropicSettings) -> WebHeaders {
        var headers: WebHeaders = [
            "anthropic-version": "2023-06-01", "content-type": "application/json", "accept": "text/event-stream",
        ]
        if let key = settings.key { headers["x-api-key"] = key.reveal() }
        return headers
    }

    private func webRequest(for request: ModelRequest) -> WebRequest {
        var limits = WebLimits()
        limits.bodyBytes = settings.maxAnswerBytes
        let body = RequestBody(request, opening: openings.opening(for: request.tools))
        return WebRequest(
            .post,
            endpoint,
            headers: headers,
            body: body.bytes,
            deadline: request.deadline,
            limits: limits,
            // A question may be asked twice.
            isRepeatable: true
        )
    }

    private func attempt(_ call: WebRequest, _ told: inout ToldText) async -> Result<ModelAnswer, CallFailure> {
        do throws(WebError) {
            return try await web.withResponse(to: call) { response throws(WebError) in
                let requestID = response.headers.requestID
                return try await read(response, &told).map { answer in
                    var answer = answer
                    answer.requestID = requestID
                    return answer
                }.mapError { failure in
                    var failure = failure
                    failure.requestID = requestID
                    return failure
                }
            }
        } catch {
            return .failure(CallFailure(error))
        }
    }

    private func read(
        _ response: WebResponse,
        _ told: inout ToldText
    ) async throws(WebError) -> Result<ModelAnswer, CallFailure> {
        guard (200..<300).contains(response.status) else {
            // An error's words are worth little: what does not fit, or dawdles, is as good as no words.
            let body = await response.body.rest(upTo: 64 * 1024, within: .seconds(1), pause) ?? []
            let now = HTTPDate(seconds: pause.secondsSince1970())
            return .failure(CallFailure(status: response.status, headers: response.headers, body: body, now: now))
        }
        guard response.headers["content-type"]?.lowercased().hasPrefix("text/event-stream") == true else {
            let result = AnswerReader.whole(try await response.body.collect())
            if case .success(let answer) = result {
                for case .text(let text) in answer.blocks { told.add(text) }
            }
            return result
        }
        return try await AnswerReader.stream(response, maxEventBytes: settings.maxAnswerBytes, pause: pause) {
            told.add($0)
        }
    }
}
