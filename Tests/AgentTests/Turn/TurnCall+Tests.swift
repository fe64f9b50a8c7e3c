@testable import Agent

extension Turn.Call {
    /// A call of the first step, of one of the scripted tools.
    init(number: Int, call: ToolCall) {
        self.init(place: .init(step: 1, number: number), access: call.name == "make" ? .write : .read, call: call)
    }
}
