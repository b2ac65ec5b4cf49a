// Written by Benchmarks/Goldens/mixtures.py with scikit-learn.

/// Log likelihoods of all data in nats, and BIC as -2 log p(X) + p log n.
enum MixtureGoldens {
  // swift-format-ignore
  static let mixtures: [(data: String, shape: String, logLikelihood: Double, bic: Double)] = [
    ("geyser", "full", -1130.263960185, 2322.191743099),
    ("geyser", "tied", -1140.186759437, 2325.219935405),
    ("geyser", "diagonal", -1147.806352538, 2346.064923672),
    ("geyser", "spherical", -1709.529282177, 3458.299178819),
    ("iris", "full", -186.569459798, 593.606872537),
    ("iris", "tied", -263.473902429, 647.203051916),
    ("iris", "diagonal", -307.177571598, 744.631660842),
    ("iris", "spherical", -384.314095061, 853.808990121),
    ("made 1", "full", -724.819804875, 1603.290813380),
    ("made 1", "tied", -729.653649381, 1549.378693993),
    ("made 1", "diagonal", -910.268127934, 1926.502603199),
    ("made 1", "spherical", -1238.903269993, 2551.982983117),
    ("made 2", "full", -935.737377626, 2002.661752169),
    ("made 2", "tied", -939.318071594, 1958.489097834),
    ("made 2", "diagonal", -1021.759740065, 2151.891347149),
    ("made 2", "spherical", -1034.341340844, 2154.239418808),
    ("made 3", "full", -764.804721855, 1725.896605165),
    ("made 3", "tied", -774.074753011, 1672.624291334),
    ("made 3", "diagonal", -868.363099482, 1837.263525561),
    ("made 3", "spherical", -915.538267427, 1893.313927510),
  ]

  // swift-format-ignore
  static let factors: [(data: String, latent: Int, noise: String, logLikelihood: Double)] = [
    ("geyser", 1, "isotropic", -1289.796745053),
    ("iris", 2, "isotropic", -404.962780156),
    ("made 1", 2, "isotropic", -1339.450583144),
    ("made 2", 1, "isotropic", -1585.671042288),
    ("made 3", 2, "isotropic", -798.741685449),
    ("factored 1", 1, "diagonal", -480.948576686),
    ("factored 2", 1, "diagonal", -766.802935993),
    ("factored 3", 1, "diagonal", -1005.684065903),
    ("factored 4", 1, "diagonal", -1315.759470073),
    ("factored 5", 1, "diagonal", -1727.882791842),
  ]
}
