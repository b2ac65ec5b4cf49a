/// Why weights of others do not become a run.
public enum ImportError: Error, Hashable, Sendable {
  /// A parameter that nothing in the file becomes.
  case missing(path: String, parameter: String)
  /// An array of the file that is no parameter; `parameters` lack a value.
  case unknown(path: String, name: String, parameters: [String])
  case wrongShape(path: String, parameter: String, found: [Int], expected: [Int])
  /// A layer of the encoder with weights that no layer has.
  case notALayer(path: String, parameter: String, found: [Int])
  case wrongType(path: String, name: String, found: String)
  /// A number that is none, or none in float32.
  case notFinite(path: String, name: String, found: String)
  /// Two arrays become one parameter.
  case repeated(path: String, parameter: String)
  /// The map names an array, or a module, that the file has not.
  case unusedName(map: String, name: String, names: [String])
  /// The model's data are of another size.
  case dataMismatch(path: String, inputs: Int, data: String, shape: [Int], condition: Int)
}

extension ImportError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missing(let path, let parameter):
      "\(path): nothing for \(parameter), which the model has; --names MAP.json says what becomes what"
    case .unknown(let path, let name, _):
      "\(path): '\(name)' is no parameter of the model; --names MAP.json says what it becomes, or leaves it out by null"
    case .wrongShape(let path, let parameter, let found, let expected):
      "\(path): \(parameter) is of shape \(found); in the model it is \(expected)"
    case .notALayer(let path, let parameter, let found):
      "\(path): \(parameter) is of shape \(found); weights of a layer are of its outputs and inputs, and of a kernel's "
        + "height and width where it is a convolution"
    case .notFinite(let path, let name, let found):
      "\(path): \(name) holds \(found); weights are finite, also as float32"
    case .wrongType(let path, let name, let found):
      "\(path): \(name) is \(found); weights are float32 or float64"
    case .repeated(let path, let parameter): "\(path): two arrays become \(parameter)"
    case .unusedName(let map, let name, _): "\(map): the weights have no '\(name)'"
    case .dataMismatch(let path, let inputs, let data, let shape, let condition):
      "\(path): the encoder reads \(inputs) numbers, and \(data) has \(shape.map(String.init).joined(separator: " x "))"
        + (condition > 0 ? " with conditions of \(condition)" : "") + "; --data names others"
    }
  }

  /// The word that was not understood, and those that would be.
  public var wrongWord: (word: String, among: [String])? {
    switch self {
    case .unknown(_, let name, let parameters): (name, parameters)
    case .unusedName(_, let name, let names): (name, names)
    default: nil
    }
  }
}
