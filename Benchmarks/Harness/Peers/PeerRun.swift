import Elbo
import FoundationEssentials

/// Why a peer has no figures: it is not installed, or it failed.
public struct PeerAbsent: Error, Hashable, Sendable, CustomStringConvertible {
  public let peer: String
  public let reason: String

  public var description: String { "\(peer) is left out: \(reason)" }
}

/// A peer at work on a workload, waiting for its next block.
final class PeerRun {
  private let peer: Peer
  private let process: Subprocess
  private let ready: Ready
  private var stepsPerBlock = 1
  private var stepsPerSecond: [Double] = []
  private var loss: Double

  /// What a script prints when it is ready; see `peer.py`.
  private struct Ready: Decodable {
    var version: String
    var workload: String
    var device: String
    var batch: Int
    var threads: Int
    var secondsPerStep: Double
    var firstStepAt: Double
    var residentBytes: Int
    var loss: Double
    /// Since the process was started; ours to fill in.
    var secondsToFirstStep: Double?
  }

  private struct Absent: Decodable { var absent: String }

  private struct Block: Decodable {
    var steps: Int
    var seconds: Double
    var loss: Double
  }

  /// Compiling a step may take minutes.
  private static let patience = 900.0

  /// Starts the peer's script and waits until it has trained its first steps.
  init(
    _ peer: Peer, _ workload: Workload, batchSize: Int, threads: Int, in folder: PeerFolder
  ) throws(PeerAbsent) {
    func absent(_ reason: String) -> PeerAbsent { PeerAbsent(peer: peer.name, reason: reason) }
    self.peer = peer
    var environment = ProcessInfo.processInfo.environment
    if peer.usesShim {
      guard FileManager.default.fileExists(atPath: folder.shim) else { throw absent("the shim was not built") }
      environment["LD_PRELOAD"] = folder.shim
    }
    let words = [
      "\(folder.path)/\(peer.script).py", "--interleaved", "--workload", workload.name, "--mode", peer.mode,
      "--device", peer.device, "--batch", "\(batchSize)", "--threads", "\(threads)",
    ]
    let start = Clock.now()
    guard let process = Subprocess(folder.python, words, environment: environment) else {
      throw absent("Python does not start")
    }
    self.process = process
    guard let line = process.line(within: Self.patience) else { throw absent("it ended without a word") }
    if let reason = try? JSONDecoder().decode(Absent.self, from: Data(line.utf8)) { throw absent(reason.absent) }
    guard var ready = try? JSONDecoder().decode(Ready.self, from: Data(line.utf8)) else {
      throw absent("it said '\(line.prefix(100))'")
    }
    ready.secondsToFirstStep = ready.firstStepAt - start
    self.ready = ready
    loss = ready.loss
  }

  deinit { process.finish() }

  /// Chooses how many steps make a block.
  func settle(stepsPerBlock: Int?, blockSeconds: Double) {
    self.stepsPerBlock = stepsPerBlock ?? max(1, Int(blockSeconds / ready.secondsPerStep))
  }

  /// One block of steps.
  func measure() throws(PeerAbsent) {
    process.write("\(stepsPerBlock)")
    guard let line = process.line(within: Self.patience),
      let block = try? JSONDecoder().decode(Block.self, from: Data(line.utf8))
    else { throw PeerAbsent(peer: peer.name, reason: "it ended in the middle of its work") }
    stepsPerSecond.append(Double(block.steps) / block.seconds)
    loss = block.loss
  }

  var result: PeerResult {
    let speed = Quantiles(stepsPerSecond)
    return PeerResult(
      peer: peer.framework, version: ready.version, mode: peer.way, workload: ready.workload, device: ready.device,
      batch: ready.batch, stepsPerSecond: speed, imagesPerSecond: speed.median * Double(ready.batch),
      threads: ready.threads, secondsToFirstStep: ready.secondsToFirstStep ?? 0, residentBytes: ready.residentBytes,
      loss: loss)
  }
}
