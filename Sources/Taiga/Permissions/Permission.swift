/// What a member may do, as far as the tools need it. The names are Taiga's.
enum Permission: String, Sendable, CaseIterable {
    case viewProject = "view_project"
    case viewMilestones = "view_milestones"
    case viewUserStories = "view_us"
    case viewTasks = "view_tasks"
    case addUserStory = "add_us"
    case modifyUserStory = "modify_us"
    case addTask = "add_task"
    case modifyTask = "modify_task"
    case commentUserStory = "comment_us"
    case commentTask = "comment_task"
}
