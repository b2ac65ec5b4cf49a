import ClassicalModels
import Datasets
import Glibc
import LinearAlgebra

/// Pictures of a fitted model, by file name without the ending.
struct FitGallery {
  let data: DataSet
  let x: DataMatrix
  let model: FittedModel
  let steps: [FitStep]
  /// Where the data were reduced before the fit.
  let reduction: PrincipalDirections?
  /// Degrees by which the latent plane was turned.
  let rotation: Double

  func pictures() throws -> [(name: String, picture: Picture)] {
    var pictures: [(String, Picture)] = []
    if let bound = boundPicture { pictures.append(("bound", bound)) }
    switch model.kind {
    case .mixture(let mixture, let posterior):
      pictures.append(("mixture", try scatter(mixture.components, modes: posterior.modes)))
      if let means = try dataPictures(mixture.components.means) {
        pictures.append(("means", PictureGrid().picture(of: means)))
      }
    case .chain(let chain, let posterior):
      pictures.append(("states", try scatter(chain.emissions, modes: posterior.states.modes)))
    case .bayesianMixture(_, let posterior):
      // A component's datum has the variance 1 around its mean.
      let components = try GaussianComponents(
        means: posterior.means,
        variances: Matrix(rows: posterior.means.rows, columns: posterior.means.columns, repeating: 1))
      pictures.append(("mixture", try scatter(components, modes: posterior.choices.modes)))
    case .linear(let linear, let posterior):
      if let directions = try directionPictures(linear) { pictures.append(("directions", directions)) }
      if linear.latentSize >= 2 {
        pictures.append(("latent", latentScatter(posterior.means)))
        if linear.latentSize == 2 {
          pictures.append(("posterior", try posteriorPicture(posterior)))
          pictures.append(("gap", try gapPicture(posterior)))
        }
      }
    case .linearMixture(let mixture, let posterior):
      pictures.append(("mixture", try scatter(mixture.marginal().components, modes: posterior.choices.modes)))
      if let directions = try directionPictures(mixture) { pictures.append(("directions", directions)) }
    }
    return pictures
  }

  /// The bound over the iterations, the two halves of each in two colours.
  private var boundPicture: Picture? {
    let best = steps.max { $0.objective < $1.objective }?.restart ?? 1
    let steps = steps.filter { $0.restart == best }
    guard steps.count > 1 else { return nil }
    let names = steps.reduce(into: [String]()) { if !$0.contains($1.step) { $0.append($1.step) } }
    let points = steps.map { step in
      (Double(step.iteration) + 0.5 * Double(names.firstIndex(of: step.step) ?? 0), step.elbo)
    }
    // The first steps come from far below; what follows them would be a line.
    let evidence = model.results.logLikelihood.map { $0 / Double(model.results.count) }
    var frame = PlotFrame(
      "elbo per datum", xs: points.map(\.0), ys: points.map(\.1) + (evidence.map { [$0] } ?? []),
      xName: "iteration", yName: "nats")
    if let evidence {
      frame.path([(points[0].0, evidence), (points[points.count - 1].0, evidence)], width: 1, Canvas.ink)
    }
    frame.path(points, width: 1.5, [190, 194, 200])
    for (point, step) in zip(points, steps) {
      frame.point(point, radius: 4, Canvas.color(names.firstIndex(of: step.step) ?? 0), opacity: 1)
    }
    frame.legend(
      names.enumerated().map { ($1, Canvas.color($0)) } + (evidence == nil ? [] : [("log p(x)", Canvas.ink)]))
    return frame.canvas.picture
  }

  /// Two directions to look along: the columns of data that have two, else those of largest variance.
  private func plane() throws -> (axes: Matrix, names: [String]) {
    guard x.size > 2 else {
      return (.identity(x.size), data.columns.count == x.size ? data.columns : ["x1", "x2"])
    }
    return (try PrincipalDirections(to: 2, of: x.completed).directions, ["direction 1", "direction 2"])
  }

  /// Data by the component that most likely made them, under the ellipses of one and two standard deviations; beside
  /// them the classes, where the data have some.
  private func scatter(_ components: GaussianComponents, modes: [Int]) throws -> Picture {
    guard x.size > 1 else { return densities(components, modes: modes) }
    let (axes, names) = try plane()
    let points = try Matrix.product(x.values, axes, transposingB: true)
    let centers = try Matrix.product(components.means, axes, transposingB: true)
    let ellipses = try (0..<components.count).map { k in
      let covariance = try Matrix.product(axes * components.covariance(of: k), axes, transposingB: true)
      return try [1.0, 2].map { try ellipse(center: (centers[k, 0], centers[k, 1]), covariance, radius: $0) }
    }
    let places = self.places(of: modes, count: components.count)
    func panel(_ title: String, _ colors: [Int], hasEllipses: Bool) -> Picture {
      let outline = ellipses.flatMap { $0.flatMap { $0 } }
      var frame = PlotFrame(
        title, xs: points.column(0) + outline.map(\.0), ys: points.column(1) + outline.map(\.1), xName: names[0],
        yName: names[1])
      for row in 0..<points.rows { frame.point((points[row, 0], points[row, 1]), Canvas.color(colors[row])) }
      guard hasEllipses else { return frame.canvas.picture }
      for (k, rings) in ellipses.enumerated() {
        for ring in rings { frame.path(ring, Canvas.color(places[k])) }
        frame.point((centers[k, 0], centers[k, 1]), radius: 5, Canvas.ink, opacity: 1)
      }
      return frame.canvas.picture
    }
    let fit = panel("components of the fit", modes.map { places[$0] }, hasEllipses: true)
    guard let labels = data.labels else { return fit }
    let truth = panel("classes of the data", (0..<x.count).map { Int(labels[$0]) }, hasEllipses: false)
    return PictureGrid(columns: 2, magnification: 1, background: 255).picture(of: [fit, truth])
  }

  /// A colour's number for each component: that of the class with which it shares most data, each class once; what is left
  /// over where there are more components, and the component's own number where there are no classes.
  private func places(of modes: [Int], count: Int) -> [Int] {
    guard let labels = data.labels else { return Array(0..<count) }
    let classes = max(data.classCount, count)
    var shared = [Int](repeating: 0, count: count * classes)
    for (row, mode) in modes.enumerated() where labels[row] >= 0 { shared[mode * classes + Int(labels[row])] += 1 }
    var places = [Int](repeating: -1, count: count)
    for pair in shared.indices.sorted(by: { shared[$0] > shared[$1] }) {
      let (component, label) = (pair / classes, pair % classes)
      if places[component] < 0, !places.contains(label) { places[component] = label }
    }
    return places
  }

  /// Points of an ellipse at so many standard deviations.
  private func ellipse(
    center: (Double, Double), _ covariance: Matrix, radius: Double
  ) throws -> [(Double, Double)] {
    let eigen = try SymmetricEigen(covariance)
    let lengths = eigen.values.map { radius * max($0, 0).squareRoot() }
    return (0...96).map { step in
      let angle = Double(step) / 96 * 2 * Double.pi
      let (a, b) = (lengths[0] * cos(angle), lengths[1] * sin(angle))
      return (
        center.0 + a * eigen.vectors[0, 0] + b * eigen.vectors[1, 0],
        center.1 + a * eigen.vectors[0, 1] + b * eigen.vectors[1, 1]
      )
    }
  }

  /// Of data of one number: the components' densities, and the data on the axis.
  private func densities(_ components: GaussianComponents, modes: [Int]) -> Picture {
    let values = x.values.elements
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    let places = (0...300).map { low - 0.15 * (high - low) + Double($0) / 300 * 1.3 * (high - low) }
    let curves = (0..<components.count).map { k in
      let (mean, variance) = (components.means[k, 0], components.covariance(of: k)[0, 0])
      let share = Double(modes.filter { $0 == k }.count) / Double(max(modes.count, 1))
      return places.map { place in
        let distance = (place - mean) * (place - mean) / variance
        return (place, share * exp(-0.5 * distance) / (2 * Double.pi * variance).squareRoot())
      }
    }
    var frame = PlotFrame(
      "components of the fit", xs: places, ys: curves.flatMap { $0.map(\.1) } + [0],
      xName: data.columns.count == 1 ? data.columns[0] : "x", yName: "density")
    for (k, curve) in curves.enumerated() { frame.path(curve, Canvas.color(k)) }
    for (value, mode) in zip(values, modes) { frame.point((value, 0), radius: 4, Canvas.color(mode)) }
    return frame.canvas.picture
  }

  private var isPictures: Bool { data.datumShape.count == 2 || (data.datumShape.count == 3 && data.datumShape[0] == 3) }

  /// Points of the fitted space as data; nil where data are no pictures.
  private func dataPictures(_ points: Matrix) throws -> [Picture]? {
    guard isPictures else { return nil }
    let values = try reduction.map { try $0.back(points) } ?? points
    return (0..<values.rows).map { Picture(planar: values[row: $0].map(Float.init), shape: data.datumShape) }
  }

  /// The mean, and the mean two standard deviations along each direction to either side: a column for each direction.
  private func directionPictures(_ model: LinearGaussianModel) throws -> Picture? {
    let count = min(model.latentSize, 10)
    let points = [-2.0, 0, 2].flatMap { factor in (0..<count).map { model.point(factor, along: $0) } }
    return try dataPictures(Matrix(points)).map { PictureGrid(columns: count).picture(of: $0) }
  }

  /// A row for each component: its mean, and two standard deviations to either side of it along its first directions.
  private func directionPictures(_ model: LinearGaussianMixture) throws -> Picture? {
    let count = min(model.components[0].latentSize, 4)
    let points = model.components.flatMap { component in
      [component.mean] + (0..<count).flatMap { [component.point(-2, along: $0), component.point(2, along: $0)] }
    }
    return try dataPictures(Matrix(points)).map { PictureGrid(columns: 1 + 2 * count).picture(of: $0) }
  }

  private func latentScatter(_ z: Matrix) -> Picture {
    var frame = PlotFrame("posterior means", xs: z.column(0), ys: z.column(1), xName: "z1", yName: "z2")
    for row in 0..<z.rows {
      frame.point((z[row, 0], z[row, 1]), Canvas.color(data.labels.map { Int($0[row]) } ?? 0))
    }
    frame.legend(data.classNames.enumerated().map { ($1, Canvas.color($0)) })
    return frame.canvas.picture
  }

  /// The posterior of the first datum, and the best one with independent dimensions inside it.
  private func posteriorPicture(_ posterior: LinearPosterior) throws -> Picture {
    let exact = posterior.groups[0]
    let field = try posterior.meanField().groups[0]
    let center = (exact.means[0, 0], exact.means[0, 1])
    let rings = try [1.0, 2].flatMap { radius in
      [
        (try ellipse(center: center, exact.covariance, radius: radius), 0),
        (try ellipse(center: center, field.covariance, radius: radius), 1),
      ]
    }
    let outline = rings.flatMap(\.0)
    // One scale for both directions.
    let reach = outline.map { max(abs($0.0 - center.0), abs($0.1 - center.1)) }.max() ?? 1
    var frame = PlotFrame(
      "posterior of the first datum", xs: [center.0 - reach, center.0 + reach],
      ys: [center.1 - reach, center.1 + reach], xName: "z1", yName: "z2", height: 660, width: 700)
    for (ring, color) in rings { frame.path(ring, Canvas.color(color)) }
    frame.legend([("exact", Canvas.color(0)), ("mean field", Canvas.color(1))])
    return frame.canvas.picture
  }

  /// What a posterior with independent dimensions loses, by how far the latent plane is turned; the exact one loses nothing.
  private func gapPicture(_ posterior: LinearPosterior) throws -> Picture {
    /// KL(q ‖ p(z|x)) = (Σ log Λᵢᵢ - log |Λ|) / 2 of each datum.
    func gap(_ degrees: Double) throws -> Double {
      let turn = Matrix.rotation(degrees - rotation)
      return try posterior.groups.reduce(0) { sum, group in
        let turned = try Cholesky(Matrix.product(turn, group.covariance * turn, transposingA: true))
        let precisions = try turned.inverse().diagonal.reduce(0) { $0 + log($1) }
        return sum + Double(group.rows.count) * 0.5 * (precisions + turned.logDeterminant)
      }
    }
    let field = try stride(from: 0.0, through: 90, by: 1).map { ($0, try gap($0)) }
    let here = (rotation - 90 * (rotation / 90).rounded(.down), try gap(rotation))
    var frame = PlotFrame(
      "log p(X) - ELBO", xs: field.map(\.0), ys: field.map(\.1) + [0],
      xName: "degrees by which the plane is turned", yName: "nats")
    frame.path([(0, 0), (90, 0)], Canvas.color(0))
    frame.path(field, Canvas.color(1))
    frame.point(here, radius: 6, Canvas.ink, opacity: 1)
    frame.legend([("exact q", Canvas.color(0)), ("mean field", Canvas.color(1)), ("this fit", Canvas.ink)])
    return frame.canvas.picture
  }
}

extension LinearGaussianModel {
  /// The mean of data at so many standard deviations along one factor.
  fileprivate func point(_ deviations: Double, along factor: Int) -> [Double] {
    (0..<size).map { mean[$0] + deviations * weights[$0, factor] }
  }
}
