import Graphs
import Plans
import Testing

@Suite("Operators")
struct OperatorTests {
  static let integers: [ElementType] = [.int32, .uint32, .uint8]

  static func types(_ device: TestDevice) -> [ElementType] {
    ElementType.allCases.filter { $0 != .float64 || device.backend.device.supportsFloat64 }
  }

  /// Arguments that meet every case of a function.
  static func arguments(_ op: UnaryOp, _ type: ElementType) -> [Double] {
    let special: [Double] = [0, -0.0, 1, -1, .infinity, -.infinity, .nan, 1e-30, -1e-30, 88, -88, 104, -104]
    let range: ClosedRange<Double> =
      switch op {
      case .log, .sqrt: 0...100
      case .log1p: -0.99...10
      case .sin, .cos: -1000...1000
      default: -20...20
      }
    return (special + numbers(1001, range, type) + numbers(500, -0.01...0.01, type, seed: 3)).map {
      Scalar($0, type).value
    }
  }

  /// Rounding that `elbo_math.h` states, with room for a last place between the conventions of counting it.
  static func tolerance(_ op: UnaryOp) -> Double {
    switch op {
    case .negate, .absolute, .sign, .floor, .relu: 0
    case .sqrt, .reciprocal: 3
    case .exp, .log, .log1p, .expm1, .sin, .cos: 3
    case .tanh, .sigmoid, .softplus, .erf: 4
    }
  }

  @Test("Functions of one argument", arguments: TestDevice.all)
  func unary(device: TestDevice) throws {
    var cases: [KernelCase] = []
    for type in Self.types(device) {
      let ops: [UnaryOp] = type.isFloatingPoint ? UnaryOp.allCases : [.negate, .absolute, .sign, .relu]
      for op in ops {
        var x = Self.arguments(op, type)
        if type == .int32 { x += [Double(Int32.min), Double(Int32.max)] }
        cases.append(
          KernelCase(
            kernel: .map([x.count], [type, type]) { body in
              [Store(body.unary(op, body.load(0, [1])), to: 1, [1])]
            }, memory: [x, [Double](repeating: 0, count: x.count)], tolerance: Self.tolerance(op),
            // sin and cos are as exact as their argument near their roots.
            scale: op == .sin || op == .cos ? 1 : nil, name: "\(op) \(type)"))
      }
    }
    try device.check(cases)
  }

  @Test("Functions of two arguments", arguments: TestDevice.all)
  func binary(device: TestDevice) throws {
    var cases: [KernelCase] = []
    for type in Self.types(device) {
      for op in BinaryOp.allCases where op != .power || type.isFloatingPoint {
        let isFloat = type.isFloatingPoint
        let range: ClosedRange<Double> = op == .power ? 0.01...8 : isFloat ? -20...20 : -1000...1000
        var x = numbers(900, range, type)
        var y = numbers(900, op == .power ? -4...4 : range, type, seed: 5)
        // Equal pairs, and division of and by 0.
        x += [3, 0, 5, 7].map { Scalar($0, type).value }
        y += [3, 2, 5, 2].map { Scalar($0, type).value }
        if !isFloat {
          x += [7, 0, 200, 255, 100_000, 4_000_000_000, -1_000_000_000].map { Scalar($0, type).value }
          y += [0, 0, 100, 255, 100_000, 3_000_000_000, 2_000_000_000].map { Scalar($0, type).value }
        }
        let tolerance: Double =
          switch op {
          case .add, .subtract, .multiply: 1
          case .divide: 3
          case .power: 4
          case .maximum, .minimum, .less, .equal, .remainder: 0
          }
        cases.append(
          KernelCase(
            kernel: .map([x.count], [type, type, type]) { body in
              let (x, y) = (body.load(0, [1]), body.load(1, [1]))
              return [Store(body.binary(op, x, y), to: 2, [1])]
            }, memory: [x, y, [Double](repeating: 0, count: x.count)], tolerance: tolerance, name: "\(op) \(type)"))
      }
    }
    try device.check(cases)
  }

  @Test("Casts truncate and clamp", arguments: TestDevice.all)
  func cast(device: TestDevice) throws {
    var cases: [KernelCase] = []
    let types = Self.types(device)
    for from in types {
      let special: [Double] = [
        0, 0.5, 0.99, -0.5, -0.99, 1.5, -1.5, 255, 255.9, 256, 300, -1, 2147483520, 2147483647, 2147483648, -2147483648,
        -2147483904, 4294967040, 4294967295, 4294967296, 1e10, -1e10, .infinity, -.infinity, .nan,
      ]
      let x = (special + numbers(1000, -400...400, from)).map { Scalar($0, from).value }
      for to in types {
        cases.append(
          KernelCase(
            kernel: .map([x.count], [from, to]) { body in [Store(body.cast(body.load(0, [1]), to), to: 1, [1])] },
            memory: [x, [Double](repeating: 0, count: x.count)], tolerance: to.isFloatingPoint ? 0.5 : 0,
            name: "\(from) to \(to)"))
      }
    }
    try device.check(cases)
  }

  @Test("Constants keep their bits, and select chooses", arguments: TestDevice.all)
  func constantsAndSelect(device: TestDevice) throws {
    var cases: [KernelCase] = []
    for type in Self.types(device) {
      let constants: [Double] = [
        0, -0.0, 1, 0.1, 1e-40, 3.4e38, 123456789, -2147483648, 4294967295, .infinity, -.infinity, .nan, 1.0 / 3,
      ]
      cases.append(
        KernelCase(
          kernel: .map([20], [type, type]) { body in
            let zero = body.constant(0, type)
            return constants.enumerated().map { i, value in
              let constant = body.constant(value, type)
              let chosen = body.add(.select(body.load(0, [1]), constant, zero), type)
              return Store(chosen, to: 1, [1], offset: 20 * i)
            }
          },
          memory: [(0..<20).map { Double($0 % 3) }, [Double](repeating: 5, count: 20 * constants.count)], tolerance: 0,
          name: "\(type)"))
    }
    try device.check(cases)
  }
}
