import Graphs

/// The cases of `Op` without what they hold, so that a suite can ask whether it has met them all: a new op does not
/// compile until it has a family, and a family that no case of a suite names fails that suite.
public enum OpFamily: Hashable, Sendable, CaseIterable {
  case source, constant, iota, random
  case unary, binary, select, cast, shuffle, stopGradient
  case reshape, broadcast, permute, slice, pad, concatenate
  case reduceSum, reduceMaximum, matmul, convolution, convolutionInputGradient, convolutionFilterGradient
  case gather
}

extension Op {
  public var family: OpFamily {
    switch self {
    case .source: .source
    case .constant: .constant
    case .iota: .iota
    case .random: .random
    case .unary: .unary
    case .binary: .binary
    case .select: .select
    case .cast: .cast
    case .shuffle: .shuffle
    case .stopGradient: .stopGradient
    case .reshape: .reshape
    case .broadcast: .broadcast
    case .permute: .permute
    case .slice: .slice
    case .pad: .pad
    case .concatenate: .concatenate
    case .reduce(.sum, _): .reduceSum
    case .reduce(.maximum, _): .reduceMaximum
    case .matmul: .matmul
    case .convolution: .convolution
    case .convolutionInputGradient: .convolutionInputGradient
    case .convolutionFilterGradient: .convolutionFilterGradient
    case .gather: .gather
    }
  }
}
