import Foundation
import Testing

@testable import Datasets

@Suite("Fetching data")
struct FetchingTests {
  let scratch: Scratch
  private let content = [UInt8]((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) })
  private let packed: [UInt8]
  private let download: Download
  private var folder: String { scratch.path + "/cache/elbo" }
  private var partial: String { folder + "/.a.gz.partial-download" }

  init() throws {
    scratch = try Scratch()
    packed = Gzip.compressed(content)
    download = Download(name: "a.gz", sha256: SHA256.digits(of: content))
  }

  /// The server of a test is not asked for through a proxy.
  private var environment: [String: String] {
    ProcessInfo.processInfo.environment.merging(["NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"]) { $1 }
  }

  /// The names of what was brought, and what was said.
  private func fetch(_ mirrors: String...) throws -> (names: [String], lines: [String]) {
    var lines: [String] = []
    let names = try MNIST.fetch([download], into: folder, from: mirrors, environment: environment) { lines.append($0) }
    return (names, lines)
  }

  private func startPartial(_ bytes: [UInt8]) throws {
    try Folder.make(folder)
    try Data(bytes).write(to: URL(filePath: partial))
  }

  @Test("a file is brought, checked, and not brought again")
  func whole() throws {
    let server = try FileServer(["/m/a.gz": packed])
    let first = try fetch(server.address + "/m/")
    #expect(first.names == ["a.gz"] && first.lines == ["a.gz: fetching from \(server.address)/m/a.gz"])
    #expect(try contents(folder + "/a.gz") == packed)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.gz"])
    #expect(try fetch(server.address + "/m/").names.isEmpty && server.requests.count == 1)
    // A file that is there and damaged is brought again.
    try Data(packed.dropLast(9)).write(to: URL(filePath: folder + "/a.gz"))
    #expect(try fetch(server.address + "/m").names == ["a.gz"])
  }

  @Test("a download that was cut short goes on where it ended")
  func resumption() throws {
    let server = try FileServer(["/a.gz": packed], cutting: [20_000])
    let failure = message(scratch) { _ = try fetch(server.address) }
    #expect(failure.hasPrefix("a.gz: cannot be read: \(server.address)/a.gz: curl: (18)"), "\(failure)")
    #expect(try contents(partial) == Array(packed[..<20_000]))
    #expect(!FileManager.default.fileExists(atPath: folder + "/a.gz"))
    let second = try fetch(server.address)
    #expect(second.lines == ["a.gz: going on after 20000 bytes from \(server.address)/a.gz"])
    #expect(server.requests.map(\.first) == [0, 20_000])
    #expect(try contents(folder + "/a.gz") == packed)
  }

  @Test("what is there stays where going on fails, and the next mirror goes on with it")
  func failedResumption() throws {
    let server = try FileServer(["/a.gz": packed], cutting: [20_000, 1_000])
    #expect(throws: DataError.self) { try fetch(server.address) }
    let failure = message(scratch) { _ = try fetch(server.address) }
    #expect(failure.hasPrefix("a.gz: cannot be read: \(server.address)/a.gz: curl: (18)"), "\(failure)")
    #expect(!failure.contains("; "), "\(failure)")
    #expect(try contents(partial) == Array(packed[..<21_000]))
    #expect(try fetch(server.address + "/none", server.address).names == ["a.gz"])
    #expect(server.requests.filter { $0.path == "/a.gz" }.map(\.first) == [0, 20_000, 21_000])
    #expect(try contents(folder + "/a.gz") == packed)
  }

  @Test("what is there in part may be complete, or of another file")
  func oddParts() throws {
    let server = try FileServer(["/a.gz": packed])
    try startPartial(packed)
    #expect(try fetch(server.address).names == ["a.gz"] && server.requests.isEmpty)

    for part in [[UInt8](repeating: 7, count: 500), packed + [1, 2, 3]] {
      try FileManager.default.removeItem(atPath: folder + "/a.gz")
      try startPartial(part)
      let lines = try fetch(server.address).lines
      #expect(lines.contains("a.gz: beginning anew"))
      #expect(try contents(folder + "/a.gz") == packed)
    }
  }

  @Test("the next mirror is asked where one does not have the file, or another")
  func mirrors() throws {
    let server = try FileServer(["/good/a.gz": packed, "/bad/a.gz": Gzip.compressed([1, 2, 3])])
    let (none, bad, good) = (server.address + "/none", server.address + "/bad", server.address + "/good")
    #expect(try fetch(none, bad, good).names == ["a.gz"])
    try FileManager.default.removeItem(atPath: folder)
    let failure = message(scratch) { _ = try fetch(none, bad) }
    #expect(failure.hasPrefix("a.gz: cannot be read: \(none)/a.gz: curl: (22)"), "\(failure)")
    #expect(failure.hasSuffix("; \(bad)/a.gz: it is not the file that it should be (its SHA-256 is another)"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
  }

  @Test("proxies are those of the environment, and files of curl's options are not read")
  func settings() throws {
    let server = try FileServer(["/a.gz": packed])
    func fetch(_ variables: [String: String]) throws {
      let path = ["PATH": environment["PATH"] ?? "", "HOME": scratch.path]
      _ = try MNIST.fetch(
        [download], into: folder, from: [server.address], environment: path.merging(variables) { $1 }
      ) { _ in }
    }
    _ = try scratch.file(".curlrc", Array("proxy = http://127.0.0.1:9\n".utf8))
    let proxy = "http://127.0.0.1:9"
    #expect(message(scratch) { try fetch(["http_proxy": proxy]) }.contains("curl: (7)"))
    try fetch(["http_proxy": proxy, "NO_PROXY": "127.0.0.1"])
    #expect(server.requests.count == 1)
    try FileManager.default.removeItem(atPath: folder)
    try fetch([:])
  }

  @Test("without curl, or without a place, it says so")
  func obstacles() throws {
    #expect(
      message(scratch) {
        _ = try MNIST.fetch([download], into: folder, from: [], environment: ["PATH": scratch.path]) { _ in }
      } == "the program curl: not found; expected it in $PATH, as 'apt-get install curl' puts it there, to fetch data")
    _ = try scratch.file("file", [1])
    #expect(
      message(scratch) {
        _ = try MNIST.fetch([download], into: scratch.path + "/file/elbo", from: [], environment: environment) { _ in }
      } == "file/elbo: cannot be written: Not a directory")
    try Folder.make(partial + ".messages")
    #expect(
      message(scratch) { _ = try fetch("http://127.0.0.1:9") }
        == "cache/elbo/.a.gz.partial-download.messages: cannot be written: Is a directory")
  }

  @Test("the hashes are those of MNIST, where ELBO_DATA holds it")
  func published() throws {
    guard let root = environment["ELBO_DATA"],
      let folder = [root, root + "/mnist"].first(where: { Paths.exists($0 + "/train-images-idx3-ubyte.gz") })
    else {
      print("the hashes of MNIST are not tested: ELBO_DATA names no folder that holds its gz files")
      return
    }
    for download in MNIST.downloads { #expect(download.isWhole("\(folder)/\(download.name)")) }
  }
}
