import Agent
import Foundation
import TestSupport

/// An nginx that answers the Messages API with the same streamed text each time: next to no work, beside which the worker's
/// own shows. Real requests and canned answers, keep-alive, bodies read to their end and thrown away.
final class CannedModel: Sendable {
    let port: Int
    var url: String { "http://127.0.0.1:\(port)" }
    private let directory: TemporaryDirectory
    private let process: ChildProcess

    /// Runs `body` with a model that is stopped when `body` is done.
    ///
    /// - Parameters:
    ///   - delay: in seconds, from a request's end to its answer; any number of requests at a time wait so.
    ///   - measures: keeps each request's length, for `lastLength`.
    static func with<Result>(
        delay: Int = 0,
        measures: Bool = false,
        _ body: (CannedModel) async throws -> Result
    ) async throws -> Result {
        let model = try await CannedModel(delay: delay, measures: measures)
        do {
            let result = try await body(model)
            await model.process.stop()
            return result
        } catch {
            await model.process.stop()
            throw error
        }
    }

    private init(delay: Int, measures: Bool) async throws {
        directory = try TemporaryDirectory("model")
        port = try FreePort.reserve()
        try directory.write(Self.configuration(port: port, delay: delay, measures: measures), to: "nginx.conf")
        process = try ChildProcess(
            "nginx",
            ["-p", directory.path + "/", "-c", directory.file("nginx.conf"), "-e", "stderr"],
            outputPath: directory.file("nginx.log")
        )
        try await process.waitUntilListening(on: port)
    }

    /// What a worker needs to use it. What the surrounding environment says of stores and tools does not count.
    var settings: [String: String] {
        [
            "ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "bench", "REDIS_URL": "", "DATABASE_URL": "",
            "SESSION_STORE": "", "ARCHIVE": "", "TAIGA_URL": "", "MCP_URLS": "", "AUTH": "", "LOG_LEVEL": "",
        ]
    }

    /// The length of the body of the last request to the model.
    func lastLength() throws -> Int {
        let log = try String(contentsOfFile: directory.file("lengths.log"), encoding: .utf8)
        guard let length = log.split(separator: "\n").last.flatMap({ Int($0) }) else {
            throw ServerError("the model was not asked")
        }
        return length
    }

    /// A sentence, in two pieces.
    private static let answer: [UInt8] = {
        let text = "Three stories are open, and Alex Smith works on all of them."
        let message = ModelServer.Message(content: [["type": "text", "text": .string(text)]], stopReason: "end_turn")
        return message.events(model: "claude-bench", id: "msg_bench", deltaLength: 32).flatMap { $0 }
    }()

    private static func configuration(port: Int, delay: Int, measures: Bool) -> String {
        """
        load_module /usr/lib/nginx/modules/ngx_http_echo_module.so;
        daemon off;
        master_process off;
        pid nginx.pid;
        error_log stderr crit;
        events { worker_connections 18000; }
        http {
            client_body_temp_path temp-body;
            proxy_temp_path temp-proxy;
            fastcgi_temp_path temp-fastcgi;
            uwsgi_temp_path temp-uwsgi;
            scgi_temp_path temp-scgi;
            log_format length $content_length;
            access_log off;
            keepalive_timeout 300s;
            keepalive_requests 100000000;
            client_max_body_size 64m;
            client_body_buffer_size 64m;
            server {
                listen 127.0.0.1:\(port) backlog=16384;
                location = /v1/messages {
                    \(measures ? "access_log lengths.log length;" : "")
                    default_type text/event-stream;
                    echo_read_request_body;
                    \(delay > 0 ? "echo_sleep \(delay); echo_flush;" : "")
                    echo -n '\(String(decoding: answer, as: UTF8.self))';
                }
                location = /requests { stub_status; }
            }
        }
        """
    }
}
