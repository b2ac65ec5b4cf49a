// What users of the framework need, by one import.
@_exported import ClassicalModels
@_exported import Datasets
@_exported import Distributions
@_exported import Inference
@_exported import Layers
@_exported import LinearAlgebra
@_exported import Models
@_exported import Optimizers
@_exported import Runtime
@_exported import Tensors
@_exported import Training
