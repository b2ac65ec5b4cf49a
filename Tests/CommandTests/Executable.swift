import Foundation
import Testing

/// The program as a user runs it: a process with its exit status and streams, in a folder of its own.
final class Executable {
  let folder: URL

  struct Outcome {
    let status: Int32
    let output: String
    let error: String
    var lines: [String] { output.split(separator: "\n").map(String.init) }
    var messages: [String] { error.split(separator: "\n").map(String.init) }
  }

  /// What the build made, beside the tests themselves.
  private static let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(
    path: "elbo")

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "elbo-command-\(UUID())").resolvingSymlinksInPath()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  /// Runs a command to its end.
  ///
  /// - Parameters:
  ///   - environment: variables beside PATH and HOME, which is the folder.
  ///   - watching: takes the process and each line of its standard output as it comes.
  func run(
    _ words: [String], environment: [String: String] = [:], watching: ((Process, String) -> Void)? = nil
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = Self.program
    process.arguments = words
    process.currentDirectoryURL = folder
    process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path].merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    let output = Pipe()
    process.standardOutput = output
    // A file, which takes any amount while standard output is read.
    let errors = folder.appending(path: "stderr-\(UUID())")
    try Data().write(to: errors)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    var text = Data()
    var line = Data()
    while case let data = Self.available(output.fileHandleForReading.fileDescriptor), !data.isEmpty {
      text += data
      for byte in data {
        guard byte == UInt8(ascii: "\n") else {
          line.append(byte)
          continue
        }
        watching?(process, String(decoding: line, as: UTF8.self))
        line = Data()
      }
    }
    process.waitUntilExit()
    let error = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
    try FileManager.default.removeItem(at: errors)
    return Outcome(status: process.terminationStatus, output: String(decoding: text, as: UTF8.self), error: error)
  }

  /// What can be read, or nothing at the end. `FileHandle` ends the process where a signal comes in between, as one does
  /// to a process that is stopped and continued.
  private static func available(_ descriptor: Int32) -> Data {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count >= 0 { return Data(buffer[..<count]) }
      guard errno == EINTR else { return Data() }
    }
  }

  func run(_ words: String...) throws -> Outcome { try run(words) }

  /// The names of what is in a folder, in order; of files of events, which have the time in theirs, `events` once.
  func names(in name: String) throws -> [String] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: path(name))
    return Set(names.map { $0.hasPrefix("events.out.tfevents.") ? "events" : $0 }).sorted()
  }

  /// The objects of JSON, one a line.
  static func objects(_ text: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }
}
