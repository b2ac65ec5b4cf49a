import Elbo
import FoundationEssentials

/// A library of matrix products in a process of its own: `matmul_times.py`.
final class ProductPeer {
  /// What a reader calls it.
  let name: String
  private let process: Subprocess

  /// The script's words for the libraries.
  static let libraries = ["openblas", "clblast"]

  private struct Ready: Decodable {
    var name: String?
    var absent: String?
  }

  private struct Answer: Decodable { var seconds: Double }

  init(_ library: String, threads: Int, in folder: PeerFolder) throws(PeerAbsent) {
    func absent(_ reason: String) -> PeerAbsent { PeerAbsent(peer: library, reason: reason) }
    let words = ["\(folder.path)/matmul_times.py", "--library", library, "--threads", "\(threads)"]
    guard
      let process = Subprocess(folder.python, words, environment: ProcessInfo.processInfo.environment),
      let line = process.line(within: 120),
      let ready = try? JSONDecoder().decode(Ready.self, from: Data(line.utf8))
    else { throw absent("its script ended without a word") }
    guard let name = ready.name else { throw absent(ready.absent ?? "its script has no name") }
    self.name = name
    self.process = process
  }

  deinit { process.finish() }

  /// The seconds of one of `times` products in a row.
  func seconds(_ product: KernelCase.Product, times: Int) throws(PeerAbsent) -> Double {
    process.write("\(product.form.rawValue) \(product.rows) \(product.columns) \(product.depth) \(times)")
    guard let line = process.line(within: 120),
      let answer = try? JSONDecoder().decode(Answer.self, from: Data(line.utf8))
    else { throw PeerAbsent(peer: name, reason: "it ended in the middle of its work") }
    return answer.seconds
  }
}
