import Agent
import NIOCore
import WebClient

@testable import Anthropic
@testable import Redis

extension Workload {
    /// What comes and goes over connections: RESP and event streams.
    static let wires: [Workload] =
        Histories.all.flatMap { size, history in [encode(history, size), decode(history, size)] }
        + [parseEvents, assembleAnswer]

    private static let parseEvents =
        Workload("events/parse") {
            let pieces = answer()
            return { times in
                var events = 0
                for _ in 0..<times {
                    var parser = EventStreamParser()
                    for piece in pieces { events += try parser.feed(piece).count }
                }
                return events
            }
        }

    private static let assembleAnswer =
        Workload("events/assemble") {
            var parser = EventStreamParser()
            let events = try answer().flatMap { try parser.feed($0) }
            return { times in
                var finished = 0
                for _ in 0..<times {
                    var assembler = AnswerAssembler()
                    for event in events {
                        if case .finished = assembler.feed(event) { finished += 1 }
                    }
                }
                return finished
            }
        }

    /// A command like a commit's.
    private static func encode(_ history: Conversation, _ size: String) -> Workload {
        Workload("resp encode/\(size)") {
            let session = "session:3f0c9b52-8e1d-4a57-b0f4-2f6a9d8c1e70"
            let keys = ["", ":meta", ":lease", ":waiting", ":journal", ":records"].map { "{\(session)}\($0)" }
            let stored = history.stored
            return { times in
                var bytes = 0
                for number in 0..<times {
                    let arguments: [[UInt8]] =
                        [Array("EVALSHA".utf8), Array(String(repeating: "a", count: 40).utf8), Array("6".utf8)]
                        + keys.map { Array($0.utf8) }
                        + [Array("01JD9Z6W5R0VQ4".utf8), Array(String(number).utf8), stored, Array("1800".utf8)]
                    bytes += try RedisCommand(arguments).encoded(limit: 64 << 20).readableBytes
                }
                return bytes
            }
        }
    }

    /// A reply like a begin's.
    private static func decode(_ history: Conversation, _ size: String) -> Workload {
        Workload("resp decode/\(size)") {
            let stored = history.stored
            var buffer = ByteBuffer(string: "*4\r\n$5\r\nbegun\r\n:1764380000000000\r\n*0\r\n$\(stored.count)\r\n")
            buffer.writeBytes(stored)
            buffer.writeString("\r\n")
            let reply = buffer
            return { times in
                let reader = try RedisReplyReader(replyLimit: 64 << 20)
                var fields = 0
                for _ in 0..<times {
                    try reader.feed(reply)
                    fields += try reader.next()?.array().count ?? 0
                }
                return fields
            }
        }
    }

    /// A model's answer as it comes: 200 deltas of text and a call, in pieces of 1400 bytes.
    private static func answer() -> [[UInt8]] {
        var events = [
            (
                "message_start",
                #"{"type":"message_start","message":{"id":"msg_01","usage":{"input_tokens":2048,"output_tokens":1}}}"#
            ),
            (
                "content_block_start",
                #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#
            ),
        ]
        events += (0..<200).map {
            (
                "content_block_delta",
                #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" word\#($0)\n"}}"#
            )
        }
        events += [
            ("content_block_stop", #"{"type":"content_block_stop","index":0}"#),
            (
                "content_block_start",
                #"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t1","name":"n","input":{}}}"#
            ),
            (
                "content_block_delta",
                #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"id\":1}"}}"#
            ),
            ("content_block_stop", #"{"type":"content_block_stop","index":1}"#),
            (
                "message_delta",
                #"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":250}}"#
            ),
            ("message_stop", #"{"type":"message_stop"}"#),
        ]
        let bytes = Array(events.map { "event: \($0)\ndata: \($1)\n\n" }.joined().utf8)
        return stride(from: 0, to: bytes.count, by: 1400).map { Array(bytes[$0..<min($0 + 1400, bytes.count)]) }
    }
}
