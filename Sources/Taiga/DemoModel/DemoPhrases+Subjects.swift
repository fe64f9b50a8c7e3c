/// Subjects for what the user did not name one by one.
extension DemoPhrases {
    /// - Parameters:
    ///   - count: 1 to ``maxCount``.
    ///   - subject: what the user said there is to do; the subject itself for one task, what all are about for several.
    static func taskSubjects(_ count: Int, subject: String?) -> [String] {
        guard let subject else { return Array(tasks.prefix(count)) }
        if count == 1 { return [title(subject)] }
        return taskAspects.prefix(count).map { "\(title(subject)): \($0)" }
    }

    /// - Parameters:
    ///   - count: 1 to ``maxCount``.
    ///   - subject: the subject itself for one story, what all are about for several.
    ///   - topic: what the stories are about.
    static func storySubjects(_ count: Int, subject: String?, topic: String?) -> [String] {
        if count == 1, let subject { return [title(subject)] }
        let topic = title(topic ?? subject ?? "new feature")
        return storyAspects.prefix(count).map { "\(topic): \($0)" }
    }

    /// `text` with a capital at the start, short enough to leave room for more in a subject.
    private static func title(_ text: String) -> String {
        let line = quote(text, 400)
        return line.prefix(1).uppercased() + line.dropFirst()
    }

    private static let tasks = [
        "Plan the work for this sprint", "Implement the next planned change", "Write tests for the change",
        "Review the change with the team", "Update the documentation", "Try the change on a phone",
        "Measure how fast the change is", "Check the error messages", "Prepare the release",
        "Show the result in the demo",
    ]

    private static let taskAspects = [
        "agree on what it must do", "build the first version", "write the tests", "review it with the team",
        "update the documentation", "try it on a phone", "measure how fast it is", "check the error messages",
        "prepare the release", "show it in the demo",
    ]

    private static let storyAspects = [
        "the usual way works", "mistakes are explained", "it can be undone", "it works without a connection",
        "it is fast on a slow phone", "it works with a screen reader", "it speaks the user's language",
        "it is safe against misuse", "it can be switched off", "it tells the team how it is used",
    ]
}
