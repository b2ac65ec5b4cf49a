import Foundation

/// The package as its manifest declares it and as its files lie.
struct Checkout {
  let targets: [Target]

  struct Target {
    let name: String
    /// `regular`, `executable`, `test`, `system`, `plugin`.
    let type: String
    /// Relative to the checkout.
    let folder: String
    let dependencies: Set<String>
    let files: [SourceFile]

    /// What an `import` of the target says: a module's name has no hyphen.
    var module: String { Checkout.module(name) }
    var isSwift: Bool { files.contains { $0.path.hasSuffix(".swift") } }
    var imports: Set<String> { files.reduce(into: []) { if $1.path.hasSuffix(".swift") { $0.formUnion($1.imports) } } }
  }

  static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

  static func module(_ target: String) -> String { target.replacing("-", with: "_") }

  /// Reads the checkout that this file lies in.
  static let current = Result { try Checkout() }

  private init() throws {
    targets = try Manifest.read().targets.map { target in
      let folder = target.path ?? (target.type == "test" ? "Tests/" : "Sources/") + target.name
      return Target(
        name: target.name, type: target.type, folder: folder,
        dependencies: Set(target.dependencies.map(\.name)), files: try Self.files(in: folder))
    }
  }

  /// The Swift and C files below one folder.
  private static func files(in folder: String) throws -> [SourceFile] {
    let base = root.appending(path: folder)
    guard let paths = FileManager.default.enumerator(atPath: base.path) else {
      throw CocoaError(.fileReadNoSuchFile, userInfo: [NSFilePathErrorKey: base.path])
    }
    return try paths.compactMap { $0 as? String }
      .filter { ["swift", "c", "h", "inc"].contains(URL(filePath: $0).pathExtension) }
      .sorted()
      .map {
        SourceFile(
          path: folder + "/" + $0, text: try String(contentsOf: base.appending(path: $0), encoding: .utf8))
      }
  }

  /// Names of the folders directly below one folder of the checkout that hold a Swift or C file.
  static func foldersWithSources(in folder: String) throws -> [String] {
    let base = root.appending(path: folder)
    guard FileManager.default.fileExists(atPath: base.path) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: base.path).sorted()
      .map { folder + "/" + $0 }
      .filter { path in
        var isFolder: ObjCBool = false
        let url = root.appending(path: path)
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue else {
          return false
        }
        return try !files(in: path).isEmpty
      }
  }
}

/// The part of `swift package dump-package` that is read here.
private struct Manifest: Decodable {
  let targets: [Target]

  struct Target: Decodable {
    let name: String
    let type: String
    let path: String?
    let dependencies: [Dependency]
  }

  /// `{"byName": ["Graphs", null]}`, or the same with `target` or `product` as its key.
  struct Dependency: Decodable {
    let name: String

    init(from decoder: Decoder) throws {
      let forms = try decoder.singleValueContainer().decode([String: [Part]].self)
      guard case .name(let name) = forms.first?.value.first else {
        throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "no name"))
      }
      self.name = name
    }
  }

  /// A name, or the condition or package beside it.
  enum Part: Decodable {
    case name(String), other

    init(from decoder: Decoder) throws {
      self = (try? decoder.singleValueContainer().decode(String.self)).map(Part.name) ?? .other
    }
  }

  /// Asks the package manager, in a scratch folder of its own: that of the checkout is locked while its tests run.
  static func read() throws -> Manifest {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    let scratch = FileManager.default.temporaryDirectory.appending(path: "elbo-layering-\(UUID())")
    defer { try? FileManager.default.removeItem(at: scratch) }
    process.arguments = ["swift", "package", "--scratch-path", scratch.path, "dump-package"]
    process.currentDirectoryURL = Checkout.root
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return try JSONDecoder().decode(Manifest.self, from: data)
  }
}
