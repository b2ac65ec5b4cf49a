import Foundation
import PackagePlugin

/// Runs `EmbedKernels` over the OpenCL C of a target, so that its sources are strings in the module.
///
/// Each file is declared as an input of the command: an edited kernel is embedded again by the next build, and nothing
/// else is.
@main
struct EmbedKernelsPlugin: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    // The target excludes its OpenCL C from compilation, and what is excluded is not listed among its files: the
    // folders are read here.
    let folder = target.directoryURL
    let inputs =
      try files(in: folder, ending: "cl") + files(in: folder.appending(path: "include"), ending: "h")
    let output = context.pluginWorkDirectoryURL.appending(path: "KernelSource+Files.swift")
    return [
      .buildCommand(
        displayName: "Embedding \(inputs.count) kernel files",
        executable: try context.tool(named: "EmbedKernels").url,
        arguments: [output.path] + inputs.map(\.path),
        inputFiles: inputs,
        outputFiles: [output])
    ]
  }

  /// The files of one folder with one extension, in the order of their names so that the output is reproducible.
  private func files(in folder: URL, ending: String) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == ending }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
  }
}
