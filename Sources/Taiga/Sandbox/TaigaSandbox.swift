package import Agent

/// The sandbox: a project that lives in this process' memory, gone with it.
package struct TaigaSandbox: Sendable {
    /// The tools over its project.
    package let tools: TaigaTools
    /// Its project, open to everyone.
    package let directory: any ProjectDirectory

    package init() {
        let sandbox = Sandbox()
        tools = TaigaTools(backend: sandbox)
        directory = TaigaDirectory(backend: sandbox, entrance: .open(.demo))
    }
}
