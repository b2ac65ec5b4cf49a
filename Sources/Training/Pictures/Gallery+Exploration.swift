import Datasets
import Distributions
import Glibc
import Models
import Tensors

/// A picture of what a latent space holds, with the numbers behind it.
public struct Exploration: Sendable {
  public let picture: Picture
  /// By name: latent values `z`, and what else the picture is made of.
  public let arrays: [String: DataArray]

  public init(picture: Picture, arrays: [String: DataArray]) { (self.picture, self.arrays) = (picture, arrays) }
}

/// How the way between two latent values goes.
public enum Interpolation: String, CaseIterable, Sendable {
  case linear
  /// Along the arc between them, which keeps the length where both have the same (Shoemake, Animating rotation with
  /// quaternion curves, 1985).
  case spherical

  /// The value at a share of the way.
  func callAsFunction(_ a: [Double], _ b: [Double], at t: Double) -> [Double] {
    func blend(_ first: Double, _ second: Double) -> [Double] { zip(a, b).map { first * $0 + second * $1 } }
    guard self == .spherical else { return blend(1 - t, t) }
    func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    let lengths = (dot(a, a) * dot(b, b)).squareRoot()
    let angle = lengths > 0 ? acos(min(1, max(-1, dot(a, b) / lengths))) : 0
    guard angle > 1e-6 else { return blend(1 - t, t) }
    return blend(sin((1 - t) * angle) / sin(angle), sin(t * angle) / sin(angle))
  }
}

extension Gallery {
  /// The model at every point of a grid over two latent dimensions, at equal steps of the prior's distribution function in
  /// each: the first grows downwards, the second to the right, all others stay at the mean of the data's.
  ///
  /// - Parameters:
  ///   - dimensions: those that vary; where nil, the two in which the data's posterior means vary most.
  ///   - steps: points along each.
  public func traversal(
    of data: DataSet, pixels: Pixels, dimensions: [Int]? = nil, steps: Int = 12
  ) throws -> Exploration {
    let means = try posteriorMeans(of: data, pixels: pixels, count: 1000)
    let center = (0..<means[0].count).map { dimension in means.reduce(0) { $0 + $1[dimension] } / Double(means.count) }
    let chosen = dimensions ?? Array(Self.spread(means).prefix(2))
    let levels = try quantiles(
      of: model.given(nil).prior, in: chosen, at: (0..<steps).map { (Double($0) + 0.5) / Double(steps) })
    var latents: [[Double]] = []
    for first in levels[0] {
      for second in chosen.count > 1 ? levels[1] : [0] {
        var z = center
        z[chosen[0]] = first
        if chosen.count > 1 { z[chosen[1]] = second }
        latents.append(z)
      }
    }
    let texts = levels.map { $0.map(Self.text) }
    let picture = PictureGrid(columns: steps).picture(
      of: try pictures(of: latents), columnLabels: texts[chosen.count - 1], rowLabels: chosen.count > 1 ? texts[0] : [],
      caption: chosen.count > 1
        ? "down: dimension \(chosen[0]), across: dimension \(chosen[1])" : "across: dimension \(chosen[0])")
    return Exploration(
      picture: picture,
      arrays: [
        "z": Self.array(latents), "dimensions": DataArray(chosen.map(Int32.init)),
        "levels": DataArray(levels.flatMap { $0 }, shape: [levels.count, steps]),
      ])
  }

  /// Draws of a prior whose quantiles have no closed form: enough for two digits of what a picture's edge says.
  private static let quantileDraws = 20_000

  /// Below what values lie shares of a prior's mass in each of some dimensions: of a normal or an exponential prior
  /// exactly, of others by draws.
  func quantiles(of prior: any Distribution, in dimensions: [Int], at shares: [Double]) throws -> [[Double]] {
    if let normal = prior as? Normal {
      let values = try Tensors.evaluate([normal.mean, normal.standardDeviation], on: backend).map { try $0.scalars() }
      return dimensions.map { place in shares.map { values[0][place] + values[1][place] * Self.normalQuantile($0) } }
    }
    if let exponential = prior as? Exponential {
      let means = try exponential.mean.scalars(on: backend)
      return dimensions.map { place in shares.map { -log(1 - $0) * means[place] } }
    }
    let draws = try prior.repeated(Self.quantileDraws).sample(RandomKey(seed: seed, domain: .evaluation))
      .evaluated(on: backend)
    let (values, width) = (try draws.scalars(), draws.shape[1])
    return dimensions.map { place in
      let column = stride(from: place, to: values.count, by: width).map { values[$0] }.sorted()
      return shares.map { column[min(Int($0 * Double(column.count)), column.count - 1)] }
    }
  }

  /// A number with at most two digits after its point.
  private static func text(_ value: Double) -> String {
    let rounded = (value * 100).rounded() / 100
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }

  /// The ways between pairs of data, a row for each: the first and last pictures of a row are the data themselves.
  ///
  /// - Throws: `DataError.unsupported` of one datum; what the device throws.
  public func interpolations(
    of data: DataSet, pixels: Pixels, along path: Interpolation, rows: Int = 8, steps: Int = 10
  ) throws -> Exploration {
    guard data.count > 1 else {
      throw DataError.unsupported(
        path: data.name, found: "interpolation of \(data.count) datum", supported: "of two or more it is")
    }
    let count = min(rows, data.count / 2)
    let means = try posteriorMeans(of: data, pixels: pixels, count: 2 * count)
    let latents = (0..<count).flatMap { row in
      (0..<steps).map { path(means[2 * row], means[2 * row + 1], at: Double($0) / Double(max(steps - 1, 1))) }
    }
    let originals = try seen(data, pixels, Array(0..<2 * count))
    let made = try pictures(of: latents)
    var ordered: [Picture] = []
    for row in 0..<count {
      ordered.append(originals[2 * row])
      ordered += made[row * steps..<(row + 1) * steps]
      ordered.append(originals[2 * row + 1])
    }
    let shares = (0..<steps).map { "\(100 * $0 / max(steps - 1, 1))%" }
    return Exploration(
      picture: PictureGrid(columns: steps + 2).picture(
        of: ordered, columnLabels: ["data"] + shares + ["data"], caption: "\(path.rawValue) between latent values"),
      arrays: ["z": Self.array(latents)])
  }

  /// Data of one class moved by the difference of two classes' mean latent values: each row has a picture, and what the
  /// model makes of it after more and more of the difference, from none to one and a half of it.
  ///
  /// - Throws: `RunError.noLabels`, and `RunError.noSuchClass` where there are no data of a class.
  public func arithmetic(
    of data: DataSet, pixels: Pixels, from source: Int, to target: Int, rows: Int = 8
  ) throws -> Exploration {
    guard let labels = data.labels else { throw RunError.noLabels(data.name) }
    let count = min(data.count, 5000)
    let means = try posteriorMeans(of: data, pixels: pixels, count: count)
    func members(_ label: Int) throws -> [Int] {
      let members = (0..<count).filter { labels[$0] == label }
      guard !members.isEmpty else { throw RunError.noSuchClass(data.name, label) }
      return members
    }
    func average(_ members: [Int]) -> [Double] {
      (0..<means[0].count).map { dimension in
        members.reduce(0) { $0 + means[$1][dimension] } / Double(members.count)
      }
    }
    let sources = try members(source)
    let difference = zip(average(try members(target)), average(sources)).map { $0 - $1 }
    let chosen = Array(sources.prefix(rows))
    let shares = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5]
    let latents = chosen.flatMap { datum in
      shares.map { share in zip(means[datum], difference).map { $0 + share * $1 } }
    }
    let originals = try seen(data, pixels, chosen)
    let made = try pictures(of: latents)
    var ordered: [Picture] = []
    for row in chosen.indices {
      ordered.append(originals[row])
      ordered += made[row * shares.count..<(row + 1) * shares.count]
    }
    return Exploration(
      picture: PictureGrid(columns: shares.count + 1).picture(
        of: ordered, columnLabels: ["data"] + shares.map { "\(Int($0 * 100))%" },
        caption: "plus so much of class \(target) less class \(source)"),
      arrays: ["z": Self.array(latents), "difference": DataArray(difference.map(Float.init))])
  }

  private func pictures(of latents: [[Double]]) throws -> [Picture] {
    let z = Tensor(latents.flatMap { $0.map(Float.init) }, shape: [latents.count, latents[0].count])
    return try pictures(model.given(nil).decode(z).evaluated(on: backend))
  }

  /// Data as the model sees them.
  private func seen(_ data: DataSet, _ pixels: Pixels, _ places: [Int]) throws -> [Picture] {
    let end = (places.max() ?? 0) + 1
    let x = pixels(try data.tensor(0..<end), .binarization(0..<end, seed: seed))
    return try pictures(x.gathered(rows: Tensor(places)).evaluated(on: backend))
  }

  /// Of the first data.
  private func posteriorMeans(of data: DataSet, pixels: Pixels, count: Int) throws -> [[Double]] {
    let codes = try Encoding(
      model, of: data, pixels: pixels, condition: condition, first: count, seed: seed, device: backend)
    let values = codes.means.elements(as: Float.self).map(Double.init)
    let width = codes.means.shape[1]
    return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
  }

  private static func array(_ latents: [[Double]]) -> DataArray {
    DataArray(latents.flatMap { $0.map(Float.init) }, shape: [latents.count, latents[0].count])
  }

  /// The dimensions, the one with the largest variance first.
  static func spread(_ means: [[Double]]) -> [Int] {
    let variances = means[0].indices.map { dimension in
      let mean = means.reduce(0) { $0 + $1[dimension] } / Double(means.count)
      return means.reduce(0) { $0 + ($1[dimension] - mean) * ($1[dimension] - mean) }
    }
    return variances.indices.sorted { variances[$0] > variances[$1] }
  }

  /// Where the standard normal distribution function is p, by bisection of the error function.
  static func normalQuantile(_ p: Double) -> Double {
    var (low, high) = (-10.0, 10.0)
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if 0.5 * erfc(-middle / 2.0.squareRoot()) < p { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
