package import Agent

extension ModelServer.Message {
    /// The answer to a request without `stream`.
    func body(model: JSONValue, id: String) -> JSONValue {
        [
            "id": .string(id), "type": "message", "role": "assistant", "model": model, "content": .array(content),
            "stop_reason": .string(stopReason), "stop_sequence": .null,
            "usage": usage.json(outputTokens: usage.outputTokens),
        ]
    }

    /// The events of a stream, in order, each as it stands on the wire.
    package func events(model: JSONValue, id: String, deltaLength: Int) -> [[UInt8]] {
        var start = body(model: model, id: id).objectValue ?? [:]
        start["content"] = []
        start["stop_reason"] = .null
        start["usage"] = usage.json(outputTokens: 1)
        var events = [ModelServer.event(["type": "message_start", "message": .object(start)])]
        for (index, block) in content.enumerated() {
            let (opening, deltas) = Self.stream(block, deltaLength)
            let number = JSONValue.int(index)
            events.append(
                ModelServer.event(["type": "content_block_start", "index": number, "content_block": opening])
            )
            for delta in deltas {
                events.append(ModelServer.event(["type": "content_block_delta", "index": number, "delta": delta]))
            }
            events.append(ModelServer.event(["type": "content_block_stop", "index": number]))
        }
        events.append(
            ModelServer.event([
                "type": "message_delta",
                "delta": ["stop_reason": .string(stopReason), "stop_sequence": .null],
                "usage": ["output_tokens": .int(usage.outputTokens)],
            ])
        )
        events.append(ModelServer.event(["type": "message_stop"]))
        return events
    }

    /// How a block begins in a stream, and what is then added to it.
    private static func stream(_ block: JSONValue, _ length: Int) -> (opening: JSONValue, deltas: [JSONValue]) {
        var opening = block.objectValue ?? [:]
        func pieces(_ text: String, _ delta: (String) -> JSONValue) -> [JSONValue] {
            let scalars = Array(text.unicodeScalars)
            return stride(from: 0, to: scalars.count, by: length).map { start in
                delta(String(String.UnicodeScalarView(scalars[start..<min(start + length, scalars.count)])))
            }
        }
        switch block["type"] {
        case "text"?:
            opening["text"] = ""
            return (
                .object(opening),
                pieces(block["text"]?.stringValue ?? "") { ["type": "text_delta", "text": .string($0)] }
            )
        case "tool_use"?:
            opening["input"] = [:]
            let input = String(decoding: (block["input"] ?? [:]).encoded(), as: UTF8.self)
            // The first piece of the real service is empty.
            return (
                .object(opening),
                [["type": "input_json_delta", "partial_json": ""]]
                    + pieces(input == "{}" ? "" : input) { ["type": "input_json_delta", "partial_json": .string($0)] }
            )
        case "thinking"?:
            opening["thinking"] = ""
            opening["signature"] = ""
            return (
                .object(opening),
                pieces(block["thinking"]?.stringValue ?? "") { ["type": "thinking_delta", "thinking": .string($0)] }
                    + [["type": "signature_delta", "signature": block["signature"] ?? ""]]
            )
        default: return (block, [])
        }
    }
}

extension Usage {
    fileprivate func json(outputTokens: Int) -> JSONValue {
        [
            "input_tokens": .int(inputTokens), "output_tokens": .int(outputTokens),
            "cache_read_input_tokens": .int(cacheReadInputTokens),
            "cache_creation_input_tokens": .int(cacheCreationInputTokens),
        ]
    }
}

extension ModelServer {
    static func event(_ data: JSONValue) -> [UInt8] {
        Array("event: \(data["type"]?.stringValue ?? "")\ndata: ".utf8) + data.encoded() + Array("\n\n".utf8)
    }

    static func errorBody(_ type: String, _ message: String) -> JSONValue {
        ["type": "error", "error": ["type": .string(type), "message": .string(message)]]
    }
}

extension ModelServer.Delivery {
    enum Step: Sendable {
        case send([UInt8])
        case wait(EventCount)
        case pause(Duration)
        case tell(@Sendable (Int) -> Void, Int)
        case hangUp
    }

    /// What is done to deliver a stream of `events`.
    func steps(for events: [[UInt8]]) -> [Step] {
        var steps: [Step] = []
        for (index, event) in events.enumerated() {
            if let gate = holdBefore[index] { steps.append(.wait(gate)) }
            if let pace, index > 0 { steps.append(.pause(pace)) }
            if let sending { steps.append(.tell(sending, index)) }
            if cutAfter == index { return steps + [.hangUp] }
            if endAfter == index { return steps }
            if let failAfter, failAfter.events == index {
                return steps + [.send(ModelServer.event(ModelServer.errorBody(failAfter.type, "scripted")))]
            }
            if noise {
                steps.append(.send(ModelServer.event(["type": "ping"])))
                steps.append(.send(ModelServer.event(["type": "rumour", "heard": "in passing"])))
            }
            steps += pieces(of: event).map(Step.send)
        }
        if let holdAtEnd { steps.append(.wait(holdAtEnd)) }
        return steps
    }

    func pieces(of bytes: [UInt8]) -> [[UInt8]] {
        guard let pieceBytes else { return [bytes] }
        return stride(from: 0, to: bytes.count, by: pieceBytes).map {
            Array(bytes[$0..<min($0 + pieceBytes, bytes.count)])
        }
    }
}
