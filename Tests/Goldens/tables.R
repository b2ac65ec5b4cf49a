# Writes the two small tables of Sources/Datasets/Tables from R's `datasets` package, R Core Team.
#
#   Rscript Tests/Goldens/tables.R Sources/Datasets/Tables
#
# faithful: W. Haerdle, Smoothing Techniques with Implementation in S, 1991 (272 eruptions of Old Faithful).
# iris: R. A. Fisher, The use of multiple measurements in taxonomic problems, 1936 (150 flowers).

folder <- commandArgs(trailingOnly = TRUE)[1]

write_table <- function(name, about, table, columns, labels = NULL, classes = character()) {
  words <- function(values) paste0("\"", values, "\"", collapse = ", ")
  rows <- apply(table, 1, function(row) paste0("    ", paste(format(row, trim = TRUE, drop0trailing = TRUE), collapse = ", ")))
  lines <- c(
    "// Written by Tests/Goldens/tables.R.", "",
    "extension Table {",
    paste0("  /// ", about),
    paste0("  public static let ", name, " = Table("),
    paste0("    name: \"", name, "\", columns: [", words(columns), "],"),
    if (length(classes)) paste0("    classNames: [", words(classes), "], labels: ", name, "Labels,"),
    paste0("    values: ", name, "Values)"),
    "",
    "  // swift-format-ignore",
    paste0("  private static let ", name, "Values: [Double] = ["),
    paste0(rows, ","),
    "  ]")
  if (length(classes)) {
    groups <- split(labels, ceiling(seq_along(labels) / 25))
    lines <- c(
      lines, "", "  // swift-format-ignore", paste0("  private static let ", name, "Labels: [Int32] = ["),
      sapply(groups, function(group) paste0("    ", paste(group, collapse = ", "), ",")), "  ]")
  }
  writeLines(c(lines, "}"), file.path(folder, paste0("Table+", toupper(substr(name, 1, 1)), substring(name, 2), ".swift")))
}

write_table(
  "geyser", "272 eruptions of Old Faithful (Härdle, 1991; R's `datasets::faithful`): how long, and how long until the next.",
  as.matrix(faithful), c("duration", "waiting"))
write_table(
  "iris", "150 flowers of three species (Fisher, 1936; R's `datasets::iris`): lengths and widths in cm.",
  as.matrix(iris[, 1:4]), c("sepal_length", "sepal_width", "petal_length", "petal_width"),
  as.integer(iris$Species) - 1, levels(iris$Species))
