import Elbo
import FoundationEssentials

/// Another framework in one way of using it, run by a script of `Benchmarks/Peers`.
public struct Peer: Hashable, Sendable {
  /// The script's name without its ending.
  var script: String
  var mode: String
  /// The script's own word for where it runs.
  var device: String
  /// Whether MKL is made to take its AVX-512 path, as it does by itself on Intel's processors only.
  var usesShim = false

  /// What a reader calls it.
  public var name: String { "\(framework), \(way)" }

  var framework: String { script == "torch_steps" ? "pytorch" : String(script.prefix { $0 != "_" }) }
  var way: String { usesShim ? mode + " + MKL shim" : mode }

  /// Those that are worth comparing with on this machine, each in the way it comes and in its best.
  public static func all(for workload: Workload) -> [Peer] {
    var peers = [
      Peer(script: "torch_steps", mode: "example", device: "cpu"),
      Peer(script: "torch_steps", mode: "fused", device: "cpu"),
      Peer(script: "torch_steps", mode: "compile", device: "cpu"),
    ]
    if Machine.current().processor.hasPrefix("AMD") {
      peers.append(Peer(script: "torch_steps", mode: "fused", device: "cpu", usesShim: true))
      peers.append(Peer(script: "torch_steps", mode: "compile", device: "cpu", usesShim: true))
    }
    peers.append(Peer(script: "jax_steps", mode: "jit", device: "cpu"))
    peers.append(Peer(script: "jax_steps", mode: "scan", device: "cpu"))
    peers.append(Peer(script: "tinygrad_steps", mode: "jit", device: "opencl"))
    return peers
  }
}

/// The folder of the peers' scripts and of the environment that they are installed in.
public struct PeerFolder: Sendable {
  let path: String

  /// The folder of the checkout that this program was built in, or else of the one that it is run in.
  public static func find() -> PeerFolder? {
    let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    for start in [program, FileManager.default.currentDirectoryPath] {
      var parts = start.split(separator: "/")
      while true {
        let path = "/" + (parts + ["Benchmarks", "Peers"]).joined(separator: "/")
        if FileManager.default.fileExists(atPath: path + "/peer.py") { return PeerFolder(path: path) }
        if parts.popLast() == nil { break }
      }
    }
    return nil
  }

  var python: String { path + "/.venv/bin/python" }
  var shim: String { path + "/.venv/mkl_shim.so" }

  /// Whether the peers were installed.
  public var isInstalled: Bool { FileManager.default.fileExists(atPath: python) }
}
