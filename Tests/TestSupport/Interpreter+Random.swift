import Foundation
import Graphs

extension ReferenceInterpreter {
  /// Elements are counted over the node's shape, or, with rows, from each row's own first element on.
  static func random(
    _ kind: RandomKind, _ inputs: [Reference], stream: UInt32, _ shape: Shape, _ type: ElementType
  ) -> Reference {
    let state = inputs[0].values.map { UInt32($0) }
    let width = shape.dimensions.dropFirst().reduce(1, *)
    var result = Reference(shape, type, [Double](repeating: 0, count: shape.elementCount))
    for i in 0..<shape.elementCount {
      let element = inputs.count > 1 ? Int(inputs[1].values[i / width]) * width + i % width : i
      result[i] = random(kind, element: element, state: state, stream: stream, type)
    }
    return result
  }

  /// One element of a stream.
  static func random(
    _ kind: RandomKind, element: Int, state: [UInt32], stream: UInt32, _ type: ElementType
  ) -> Approximate {
    let lanes = Philox.lanes(element: UInt64(truncatingIfNeeded: element), state: state, stream: stream)
    let lane = element & 3
    switch kind {
    case .bits: return Approximate(Double(lanes[lane]))
    case .uniform: return uniform(lanes[lane], type)
    case .normal: return normal(lanes[lane & 2], lanes[lane & 2 + 1], isEven: lane % 2 == 0, type)
    }
  }

  /// (bits / 2^8 + 1/2) / 2^24 in float32, whose rounding is exact for the smaller half; what would round to 1 is the
  /// number below it. (bits + 1/2) / 2^32 in float64.
  private static func uniform(_ bits: UInt32, _ type: ElementType) -> Approximate {
    type == .float32
      ? Approximate(min(Double((Float(bits >> 8) + 0.5) * 0x1p-24), Double(Float(1).nextDown)))
      : Approximate((Double(bits) + 0.5) * 0x1p-32)
  }

  /// Box and Muller: r cos(2 pi u2) for even elements and r sin(2 pi u2) for odd ones, r = sqrt(-2 log u1).
  private static func normal(_ first: UInt32, _ second: UInt32, isEven: Bool, _ type: ElementType) -> Approximate {
    let logarithm = unary(.log, uniform(first, type), type)
    let radius = unary(.sqrt, binary(.multiply, logarithm, Approximate(-2), type), type)
    // The turn is reduced before it is multiplied by a rounded pi / 2, so that sine and cosine keep their relative
    // accuracy where they are small.
    let turn = 4 * uniform(second, type).value
    let quadrant = turn.rounded()
    let angle = (turn - quadrant) * Double.pi / 2
    let shifted = Int(quadrant) + (isEven ? 1 : 0)
    let magnitude = shifted % 2 == 0 ? sin(angle) : cos(angle)
    let turned = shifted % 4 < 2 ? magnitude : -magnitude
    return binary(.multiply, radius, Approximate(turned).rounded(4, type), type)
  }
}
