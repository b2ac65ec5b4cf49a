/// The one of `words` that `word` was most likely meant to be, or nil where none is close.
///
/// A beginning of a word stands for it; otherwise every three letters may hold one slip. The first of several equally
/// near words wins.
func nearestWord(to word: String, among words: [String]) -> String? {
  if word.count >= 2, let completed = words.first(where: { $0.hasPrefix(word) }) { return completed }
  let allowed = max(1, (word.count + 1) / 3)
  return
    words
    .map { (word: $0, distance: editDistance(word, $0)) }
    .filter { $0.distance <= allowed }
    .min { $0.distance < $1.distance }?
    .word
}

/// The fewest insertions, deletions, replacements and swaps of neighbours that turn one word into the other, where no
/// letter is edited twice (the optimal string alignment distance).
func editDistance(_ a: String, _ b: String) -> Int {
  let a = Array(a)
  let b = Array(b)
  // Rows of the table for the prefixes of `a` that end two before, one before and at the current letter.
  var beforeLast = [Int](repeating: 0, count: b.count + 1)
  var last = Array(0...b.count)
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var distance = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { distance = min(distance, beforeLast[j - 1] + 1) }
      row.append(distance)
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}
