import LinearAlgebra
import Runtime
import Tensors

/// A number that is known, and how it is computed here.
struct Oracle: Sendable {
  let name: String
  let expected: Double
  /// How far the found number may be from it where it is computed in float64, and in float32.
  let tolerance: (float64: Double, float32: Double)
  let computation: Computation

  enum Computation: Sendable {
    /// By the host's linear algebra, in float64.
    case host(@Sendable () throws -> Double)
    /// By a graph on a device, of tensors of a type.
    case graph(@Sendable (ElementType) throws -> Tensor)
  }

  static func host(
    _ name: String, _ expected: Double, within tolerance: Double, _ compute: @escaping @Sendable () throws -> Double
  ) -> Oracle {
    Oracle(name: name, expected: expected, tolerance: (tolerance, tolerance), computation: .host(compute))
  }

  /// - Parameter scale: the size of the numbers on the way, of which float32 keeps seven digits.
  static func graph(
    _ name: String, _ expected: Double, within tolerance: Double = 1e-12, scale: Double = 1,
    _ compute: @escaping @Sendable (ElementType) throws -> Tensor
  ) -> Oracle {
    Oracle(
      name: name, expected: expected, tolerance: (tolerance, max(tolerance, 4e-6 * scale)),
      computation: .graph(compute))
  }
}

/// What came of holding one number against what is known.
public struct Finding: Hashable, Codable, Sendable {
  public let name: String
  /// `host`, or the device's name in commands.
  public let device: String
  /// `float64`, or `float32` where a device has no other.
  public let type: String
  public let expected: Double
  /// nil where it could not be computed; then `failure` says why.
  public let found: Double?
  /// |found - expected|.
  public let difference: Double?
  public let tolerance: Double
  public let failure: String?

  /// Whether the number is the known one, as far as the tolerance tells.
  public var holds: Bool { difference.map { $0 <= tolerance } ?? false }

  init(_ oracle: Oracle, device: String, type: ElementType, _ compute: () throws -> Double) {
    (name, expected, self.device) = (oracle.name, oracle.expected, device)
    self.type = type == .float64 ? "float64" : "float32"
    tolerance = type == .float64 ? oracle.tolerance.float64 : oracle.tolerance.float32
    do {
      let value = try compute()
      (found, difference, failure) = (value, abs(value - oracle.expected), nil)
    } catch {
      (found, difference, failure) = (nil, nil, "\(error)")
    }
  }
}

/// Numbers that are known exactly, computed here and now.
public enum Verification {
  /// Holds every number against what is known: once on the host, and where a graph computes it on each device.
  ///
  /// - Parameter report: Told of each as it is found.
  public static func run(on devices: [Device], report: (Finding) -> Void = { _ in }) -> [Finding] {
    var findings: [Finding] = []
    func add(_ finding: Finding) {
      findings.append(finding)
      report(finding)
    }
    for oracle in Oracle.all {
      switch oracle.computation {
      case .host(let compute): add(Finding(oracle, device: "host", type: .float64, compute))
      case .graph(let compute):
        for device in devices {
          let type: ElementType = device.description.supportsFloat64 ? .float64 : .float32
          add(
            Finding(oracle, device: device.description.id, type: type) {
              try compute(type).scalar(on: device.backend)
            })
        }
      }
    }
    return findings
  }
}
