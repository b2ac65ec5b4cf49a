import Kernels
import Plans

extension KernelCode {
  func map() -> KernelFunction {
    let space = IterationSpace(domain: kernel.domain, accesses: accesses)
    let places = kernel.domain.reduce(1, *)
    let index = index([(space, accesses)], places: places, reach: kernel.body.indirectReach)
    var body = ExpressionCode(expression: kernel.body, space: space, arguments: kernel.arguments, index: index)
    var values = ["INDEX": index.name, "PARAMETERS": parameters]

    switch variant {
    case .cpu:
      let columns = space.innerExtent(ofGroup: 0)
      let rows = places / columns
      let columnsPerGroup = min(columns, tiles.placesPerGroup)
      let rowsPerGroup = min(rows, max(1, tiles.placesPerGroup / columns))
      let groupsPerRow = divided(columns, by: columnsPerGroup)
      values.merge(
        [
          "ROWS": "\(rows)", "COLUMNS": "\(columns)", "ROWS_PER_GROUP": "\(rowsPerGroup)",
          "COLUMNS_PER_GROUP": "\(columnsPerGroup)", "GROUPS_PER_ROW": "\(groupsPerRow)",
          "COLUMN": space.innerCoordinate(ofGroup: 0),
        ], uniquingKeysWith: { $1 })
      let noise = NoiseCode(
        body, alongGroup: 0, from: "first_column", turn: "\(space.innerCoordinate(ofGroup: 0)) - first_column",
        count: "end_column - first_column", capacity: columnsPerGroup)
      body.drawn = noise.drawn
      let source = Template(KernelSource.mapCpu).filled(
        name: name, values: values,
        blocks: [
          "ROW_COORDINATES": space.outerCoordinates(ofGroup: 0, from: "row", index), "NOISE": noise.statements,
          "VECTORIZED": vectorized, "BODY": body.statements(storing: kernel.stores),
        ])
      return KernelFunction(name: name, source: source, groupCount: divided(rows, by: rowsPerGroup) * groupsPerRow)

    case .gpu:
      let placesPerItem = places >= tiles.fillingPlaces ? tiles.placesPerItem : 1
      values["PLACES"] = "\(places)"
      values["PLACES_PER_ITEM"] = "\(placesPerItem)"
      values["GROUP_SIZE"] = "\(tiles.groupSize)"
      let source = Template(KernelSource.mapGpu).filled(
        name: name, values: values,
        blocks: [
          "COORDINATES": space.coordinates(ofGroup: 0, from: "place", index),
          "BODY": body.statements(storing: kernel.stores),
        ])
      return KernelFunction(
        name: name, source: source, groupCount: divided(places, by: placesPerItem * tiles.groupSize))
    }
  }
}
