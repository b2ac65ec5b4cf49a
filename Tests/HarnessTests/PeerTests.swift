import Foundation
import Testing

@testable import Harness

@Suite("Peers")
struct PeerTests {
  @Test("lines go to a program and come back")
  func subprocess() throws {
    let process = try #require(
      Subprocess(
        "/bin/sh", ["-c", "while read -r n; do echo \"$WORD $n\"; done; echo end"], environment: ["WORD": "a"]))
    process.write("1")
    #expect(process.line(within: 10) == "a 1")
    process.write("2\n3")
    #expect(process.line(within: 10) == "a 2")
    #expect(process.line(within: 10) == "a 3")
    #expect(process.line(within: 0.05) == nil)
    process.finish()
    #expect(process.line(within: 10) == "end")
    #expect(process.line(within: 10) == nil)
    // Nobody listens: the line is lost, and no signal ends this process.
    process.write("4")
  }

  @Test("a program that is not there does not start")
  func missingProgram() {
    #expect(Subprocess("/no/such/program", [], environment: [:]) == nil)
  }

  /// A folder with a shell in the place of Python, and a script for it.
  private func folder(_ script: String, named name: String = "jax_steps") throws -> PeerFolder {
    let folder = FileManager.default.temporaryDirectory.appending(path: "elbo-peers-\(UUID())")
    let python = folder.appending(path: ".venv/bin/python")
    try FileManager.default.createDirectory(at: python.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: python.path, withDestinationPath: "/bin/sh")
    try Data("\(script)\n".utf8).write(to: folder.appending(path: "\(name).py"))
    return PeerFolder(path: folder.path)
  }

  private let peer = Peer(script: "jax_steps", mode: "jit", device: "cpu")

  @Test("a peer's blocks become its figures")
  func run() throws {
    let ready = """
      {"version": "1.2", "workload": "mlp", "device": "cpu", "batch": 128, "threads": 2, "secondsPerStep": 0.5, \
      "firstStepAt": 1e9, "residentBytes": 5, "loss": 3}
      """
    let folder = try folder(
      """
      echo '\(ready)'
      while read -r n; do echo "{\\"steps\\": $n, \\"seconds\\": 2, \\"loss\\": 1.5}"; done
      """)
    defer { try? FileManager.default.removeItem(atPath: folder.path) }
    #expect(folder.isInstalled)
    let run = try PeerRun(peer, .mlp, batchSize: 128, threads: 2, in: folder)
    run.settle(stepsPerBlock: nil, blockSeconds: 3)
    for _ in 0..<3 { try run.measure() }
    let result = run.result
    #expect(result.peer == "jax" && result.mode == "jit" && result.version == "1.2" && result.loss == 1.5)
    #expect(result.stepsPerSecond.median == 3 && result.imagesPerSecond == 384 && result.residentBytes == 5)
  }

  @Test(
    "a peer that cannot run is left out, with a word",
    arguments: [
      ("echo '{\"absent\": \"jax is not installed\"}'", "jax is not installed"), ("exit 1", "it ended without a word"),
      ("echo hello", "it said 'hello'"),
    ])
  func absent(script: String, reason: String) throws {
    let folder = try folder(script)
    defer { try? FileManager.default.removeItem(atPath: folder.path) }
    let error = #expect(throws: PeerAbsent.self) {
      try PeerRun(peer, .mlp, batchSize: 128, threads: 2, in: folder)
    }
    #expect(error?.description == "jax, jit is left out: \(reason)")
  }

  @Test("a library's products are asked for by form and extents")
  func products() throws {
    let folder = try folder(
      """
      echo '{"name": "a library"}'
      while read -r form m n k times; do echo "{\\"seconds\\": $m$n$k.$times}"; done
      """, named: "matmul_times")
    defer { try? FileManager.default.removeItem(atPath: folder.path) }
    let peer = try ProductPeer("openblas", threads: 1, in: folder)
    #expect(peer.name == "a library")
    #expect(try peer.seconds(KernelCase.Product(rows: 1, columns: 2, depth: 3, form: .nt), times: 5) == 123.5)
    let other = try self.folder("echo '{\"absent\": \"it is elsewhere\"}'", named: "matmul_times")
    defer { try? FileManager.default.removeItem(atPath: other.path) }
    #expect(throws: PeerAbsent(peer: "clblast", reason: "it is elsewhere")) {
      try ProductPeer("clblast", threads: 1, in: other)
    }
  }

  @Test("the scripts of all peers are in the checkout of this program")
  func scripts() throws {
    let folder = try #require(PeerFolder.find())
    for workload in Workload.all {
      for peer in Peer.all(for: workload) {
        #expect(FileManager.default.fileExists(atPath: "\(folder.path)/\(peer.script).py"))
      }
    }
  }
}
