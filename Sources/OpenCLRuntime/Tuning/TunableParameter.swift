/// One of the numbers by which kernels are cut into groups, as a search sees it.
public struct TunableParameter: Sendable {
  /// Kernels that are timed together.
  public enum Form: String, Hashable, Sendable, CaseIterable {
    case product, convolution, map, reduction
  }

  public let name: String
  /// The values that it may have.
  public let values: [Int]
  /// The kernels whose speed it decides.
  public let forms: [Form]
  let place: WritableKeyPath<TileParameters, Int> & Sendable

  private init(
    _ name: String, _ place: WritableKeyPath<TileParameters, Int> & Sendable, _ values: [Int], _ forms: [Form]
  ) {
    self.name = name
    self.place = place
    self.values = values
    self.forms = forms
  }

  /// The parameters of a variant, in the order of a search.
  static func all(for variant: KernelVariant) -> [TunableParameter] {
    switch variant {
    case .cpu: processor
    case .gpu: gpu
    }
  }

  private static let processor: [TunableParameter] = [
    TunableParameter("tileRows", \.tileRows, [6, 8, 10, 12, 13, 14], [.product, .convolution]),
    TunableParameter("productDepth", \.productDepth, [64, 128, 192, 256, 512], [.product, .convolution]),
    TunableParameter("productRows", \.productRows, [32, 64, 128, 256], [.product]),
    TunableParameter("convolutionRows", \.convolutionRows, [64, 128, 256, 512], [.convolution]),
    TunableParameter("productGroups", \.productGroups, [4, 8, 16, 32, 64], [.product, .convolution]),
    TunableParameter("placesPerGroup", \.placesPerGroup, [512, 1024, 2048, 4096, 8192], [.map, .reduction]),
    TunableParameter("reductionTile", \.reductionTile, [128, 256, 512, 1024], [.reduction]),
    TunableParameter("reductionColumns", \.reductionColumns, [32, 64, 128, 256], [.reduction]),
    TunableParameter("reductionRows", \.reductionRows, [8, 16, 32, 64], [.reduction]),
  ]

  private static let gpu: [TunableParameter] = [
    TunableParameter("groupSize", \.groupSize, [64, 128, 256], Form.allCases),
    TunableParameter("itemEdge", \.itemEdge, [2, 4, 8], [.product, .convolution]),
    TunableParameter("depthStep", \.depthStep, [8, 16, 32], [.product, .convolution]),
    TunableParameter("fillingTiles", \.fillingTiles, [32, 64, 128, 256, 512], [.product, .convolution]),
    TunableParameter("placesPerItem", \.placesPerItem, [1, 2, 4, 8], [.map]),
    TunableParameter("fillingPlaces", \.fillingPlaces, [1 << 18, 1 << 20, 1 << 22], [.map]),
    TunableParameter("placesPerTurn", \.placesPerTurn, [1, 2, 4, 8], [.reduction]),
    TunableParameter("columnLanes", \.columnLanes, [2, 4, 8, 16, 32], [.reduction]),
  ]
}

extension TileParameters {
  /// The numbers that a variant uses, by their names.
  func values(for variant: KernelVariant) -> [String: Int] {
    Dictionary(uniqueKeysWithValues: TunableParameter.all(for: variant).map { ($0.name, self[keyPath: $0.place]) })
  }

  /// The same numbers with others for a variant.
  ///
  /// - Returns: nil where they are not those of the variant, each with a value that it may have: what a file says is
  ///   taken as a whole or not at all.
  func replacing(_ values: [String: Int], for variant: KernelVariant, on device: OpenCLDevice) -> TileParameters? {
    let parameters = TunableParameter.all(for: variant)
    guard values.count == parameters.count else { return nil }
    var result = self
    for parameter in parameters {
      guard let value = values[parameter.name], parameter.values.contains(value) else { return nil }
      result[keyPath: parameter.place] = value
    }
    result = result.limited(toGroupsOf: device.largestGroupSize)
    let needsRoom = variant == .gpu && result.sliceByteCount > sliceByteCount
    return needsRoom && result.sliceByteCount > device.localMemoryByteCount ? nil : result
  }

  /// Local memory of a product of float64, the most that any kernel takes.
  private var sliceByteCount: Int { (groupSize / 8 * itemEdge + 8) * depthStep * 8 }

  /// Names the numbers that a variant uses: equal names, equal kernels.
  func hash(for variant: KernelVariant) -> String {
    let text = values(for: variant).sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: "\n")
    return BinaryCache.name(of: text)
  }
}
