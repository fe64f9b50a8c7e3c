extension Task where Failure == Never {
    /// A task that runs where the calling one runs, and with its priority: unlike a child task, a task by itself does not
    /// inherit the first. Task-local values, which would be copied one by one, stay behind.
    package static func inheriting(_ work: sending @escaping @isolated(any) () async -> Success) -> Task {
        let executor = withUnsafeCurrentTask { $0?.unownedTaskExecutor?.asTaskExecutor() }
        return .detached(executorPreference: executor, priority: Task<Never, Never>.currentPriority, operation: work)
    }
}
