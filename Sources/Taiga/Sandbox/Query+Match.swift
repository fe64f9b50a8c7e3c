extension UserStoryQuery {
    /// Whether `story` passes every filter.
    func matches(_ story: UserStory) -> Bool {
        milestone.allows(story.milestone?.id) && story.item.matches(statusID, assignedTo, text)
    }
}

extension TaskQuery {
    /// Whether `task` passes every filter.
    func matches(_ task: TaigaTask) -> Bool {
        story.allows(task.story?.id) && milestone.allows(task.milestoneID)
            && task.item.matches(statusID, assignedTo, text)
    }
}

extension Item {
    fileprivate func matches(_ statusID: Int?, _ assignedTo: Filter, _ text: String?) -> Bool {
        guard statusID.map({ $0 == status.id }) ?? true, assignedTo.allows(self.assignedTo?.id) else { return false }
        guard let text else { return true }
        let wanted = text.lowercased()
        return subject.lowercased().contains(wanted) || description.lowercased().contains(wanted)
            || wanted == "\(ref)" || wanted == "#\(ref)"
    }
}
